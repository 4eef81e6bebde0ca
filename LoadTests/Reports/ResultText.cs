using LoadTests.Connections;
using LoadTests.Engine;
using static System.FormattableString;

namespace LoadTests.Reports;

/// <summary>A result as lines of text and rows of times, for whatever shows them.</summary>
internal static class ResultText
{
    /// <summary>What was counted.</summary>
    public static IEnumerable<(string Name, string Value)> Lines(LoadResult result) =>
        [.. Totals(result), .. Counts(result), .. Answers(result), .. Errors(result)];

    /// <summary>What was timed, over all parts.</summary>
    public static IEnumerable<(string Name, LatencyHistogram Latency)> Times(LoadResult result) =>
    [
        ("latency, from the intended start", result.Latency),
        ("service, from the real start", result.Service),
        ("lag of the generator", result.Lag),
        .. result.Series.Select(series => (series.Name, series.Latency)),
    ];

    /// <summary>The latency of each part.</summary>
    public static IEnumerable<(string Name, LatencyHistogram Latency)> PartTimes(LoadResult result) =>
        result.Parts.Select(part => ("latency of " + part.Name, part.Latency));

    public static string Milliseconds(TimeSpan time) => Invariant($"{time.TotalMilliseconds:0.000}");

    private static IEnumerable<(string Name, string Value)> Totals(LoadResult result)
    {
        yield return ("set-up", Invariant($"{result.SetUp.TotalSeconds:0.0} s"));
        yield return ("measured", Invariant($"{result.Measured.TotalSeconds:0.0} s"));
        if (result.Started > 0)
        {
            yield return ("units", Units(result.Started, result.Succeeded, result.Failed));
            yield return ("throughput", Invariant($"{result.Throughput:0.0} units/s"));
        }

        yield return ("generator CPU", Invariant($"{result.GeneratorCpu.TotalSeconds:0.00} s, {result.GeneratorCores:0.00} cores"));
        if (result.Heeds.HasFlag(ScenarioSettings.Connections | ScenarioSettings.Hub))
        {
            yield return ("connections lost", Invariant($"{result.ConnectionsLost}"));
        }
    }

    private static IEnumerable<(string Name, string Value)> Counts(LoadResult result) =>
    [
        .. result.Parts.Select(part => ("units of " + part.Name, Units(part.Started, part.Succeeded, part.Failed))),
        .. result.Series.Select(series => (series.Name, Invariant($"{series.Latency.Count}, {result.PerSecond(series.Latency):0.0} per second"))),
        .. result.Figures.Select(figure => (figure.Name, Invariant($"{figure.Value:0.##} {figure.Unit}").TrimEnd())),
    ];

    private static IEnumerable<(string Name, string Value)> Answers(LoadResult result) => result.Answers
        .OrderBy(pair => pair.Key)
        .Select(pair => (
            $"{pair.Key.Kind} {(pair.Key.Status == ConnectionTrace.NoAnswer ? "without answer" : Invariant($"{pair.Key.Status}"))}",
            Invariant($"{pair.Value} since the set-up began")));

    private static IEnumerable<(string Name, string Value)> Errors(LoadResult result) => result.Errors
        .OrderByDescending(pair => pair.Value)
        .Select(pair => ("failed: " + pair.Key, Invariant($"{pair.Value}")));

    private static string Units(long started, long succeeded, long failed) => Invariant($"{started} started, {succeeded} succeeded, {failed} failed");
}
