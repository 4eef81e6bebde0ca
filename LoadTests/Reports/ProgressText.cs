using System.Globalization;
using LoadTests.Engine;
using static System.FormattableString;

namespace LoadTests.Reports;

/// <summary>The progress of a run as text.</summary>
internal static class ProgressText
{
    public static string NameOf(LoadPhase phase) => phase switch
    {
        LoadPhase.SetUp => "set-up",
        LoadPhase.WarmUp => "warm-up",
        _ => "measuring",
    };

    /// <summary>A phase that begins.</summary>
    public static string Beginning(LoadProgress progress) => progress.Length is { } length ? Invariant($"{NameOf(progress.Phase)}, {length:c}") : NameOf(progress.Phase);

    /// <summary>The last second of a phase, and what failed in all of it.</summary>
    public static string Figures(LoadProgress progress, LoadSample latest)
    {
        var open = latest.ConnectionsOpen is { } connections ? Invariant($", {connections} open") : "";
        return latest.Succeeded + progress.Failed == 0 && open.Length > 0
            ? open[2..]
            : Invariant($"{latest.Rate:0.0}/s, {progress.Failed} failed, p50 {latest.P50.TotalMilliseconds:0.0} ms, p99 {latest.P99.TotalMilliseconds:0.0} ms{open}");
    }

    /// <summary>Minutes and seconds, or hours too.</summary>
    public static string Clock(TimeSpan time) => time.ToString(time < TimeSpan.FromHours(1) ? @"mm\:ss" : @"h\:mm\:ss", CultureInfo.InvariantCulture);
}
