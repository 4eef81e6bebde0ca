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
    public static string Beginning(LoadProgress progress) =>
        progress.Length is { } length ? Invariant($"{NameOf(progress.Phase)}, {length:c}") : NameOf(progress.Phase);

    /// <summary>Where a phase is: time gone, time left, figures.</summary>
    public static string Now(LoadProgress progress)
    {
        var left = progress.Length is { } length ? Invariant($" {Clock(progress.Elapsed)} -{Clock(length - progress.Elapsed)}") : "";
        return NameOf(progress.Phase) + left + (progress.Latest is { } latest ? "  " + Figures(progress, latest) : "");
    }

    /// <summary>The last second of a phase, and what failed in all of it.</summary>
    public static string Figures(LoadProgress progress, LoadSample latest)
    {
        var times = latest.Succeeded > 0 ? Invariant($", p50 {latest.P50.TotalMilliseconds:0.0} ms, p99 {latest.P99.TotalMilliseconds:0.0} ms") : "";
        var open = latest.ConnectionsOpen is { } connections ? Invariant($", {connections} open") : "";
        return Invariant($"{latest.Rate:0}/s, {progress.Failed} failed{times}{open}");
    }

    /// <summary>Minutes and seconds, or hours too; nothing below zero.</summary>
    public static string Clock(TimeSpan time)
    {
        var rounded = TimeSpan.FromSeconds(Math.Max(0, Math.Round(time.TotalSeconds)));
        return rounded.ToString(rounded < TimeSpan.FromHours(1) ? @"mm\:ss" : @"h\:mm\:ss", CultureInfo.InvariantCulture);
    }
}
