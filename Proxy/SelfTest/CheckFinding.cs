using System.Text.Json.Serialization;

namespace Proxy.SelfTest;

/// <summary>One thing that a self-test found out.</summary>
/// <param name="Area">What it is about: <c>negotiate</c> or a transport.</param>
/// <param name="Code">Stable name, such as <c>upgrade-stripped</c>.</param>
/// <param name="Level"><c>good</c>, <c>note</c> or <c>problem</c>.</param>
/// <param name="Message">A sentence for people.</param>
/// <param name="Seconds">What was measured, if something was: a delay, or the life of a connection that was cut.</param>
/// <param name="Hints">How to configure the usual proxies.</param>
internal sealed record CheckFinding(string Area, string Code, string Level, string Message, double? Seconds, IReadOnlyList<CheckHint> Hints)
{
    public const string GoodLevel = "good";
    public const string NoteLevel = "note";
    public const string ProblemLevel = "problem";

    [JsonIgnore]
    public bool IsProblem => Level is ProblemLevel;

    public static CheckFinding Good(string area, string code, string message, TimeSpan? measured = null) =>
        new(area, code, GoodLevel, message, Round(measured), []);

    public static CheckFinding Note(string area, string code, string message) => new(area, code, NoteLevel, message, null, CheckHint.For(code));

    public static CheckFinding Problem(string area, string code, string message, TimeSpan? measured = null) =>
        new(area, code, ProblemLevel, message, Round(measured), CheckHint.For(code));

    private static double? Round(TimeSpan? measured) => measured is { } time ? Math.Round(time.TotalSeconds, 3) : null;
}
