using System.Text.Json.Serialization;

namespace Proxy.SelfTest;

/// <summary>The answer of <c>POST /check</c>, and of <c>Proxy check --json</c>.</summary>
/// <param name="Url">The address, without its query.</param>
/// <param name="Verdict"><c>good</c> or <c>problems</c>.</param>
/// <param name="HttpVersion">Of the negotiate's answer; <see langword="null"/> when there was none.</param>
/// <param name="Seconds">How long it all took.</param>
/// <param name="Findings">In the order negotiate, WebSockets, Server-Sent Events, long polling.</param>
internal sealed record CheckReport(string Url, string Verdict, string? HttpVersion, double Seconds, IReadOnlyList<CheckFinding> Findings)
{
    public const string GoodVerdict = "good";
    public const string ProblemsVerdict = "problems";

    [JsonIgnore]
    public bool IsGood => Verdict is GoodVerdict;
}
