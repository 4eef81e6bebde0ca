using LoadTests.Engine;
using static System.FormattableString;

namespace LoadTests.Reports;

/// <summary>The charts of a result.</summary>
internal static class ResultCharts
{
    // Eight points for each nine, up to four of them.
    private static readonly double[] CurvePercents = [.. Enumerable.Range(1, 32).Select(step => 100 * (1 - Math.Pow(10, -step / 8.0)))];

    private static readonly (double At, string Text)[] CurveTicks =
        [(Nines(0), "0 %"), (Nines(50), "50 %"), (Nines(90), "90 %"), (Nines(99), "99 %"), (Nines(99.9), "99.9 %"), (Nines(99.99), "99.99 %")];

    public static IEnumerable<LineChart> Of(LoadResult result)
    {
        if (result.Succeeded > 0)
        {
            yield return Curves("Times by percentile, milliseconds", ResultText.Times(result));
            if (result.Parts.Count > 0)
            {
                yield return Curves("Latency of each part by percentile, milliseconds", ResultText.PartTimes(result));
            }

            yield return OverTime(result, "Latency over time, milliseconds", [
                ("p50", sample => sample.P50.TotalMilliseconds),
                ("p99", sample => sample.P99.TotalMilliseconds)]);
        }

        if (result.Started > 0)
        {
            yield return OverTime(result, "Units per second over time", [
                ("succeeded", sample => sample.Rate),
                ("failed", sample => sample.FailureRate)]);
        }

        if (result.Samples.Any(sample => sample.ConnectionsOpen is not null))
        {
            yield return OverTime(result, "Open connections over time", [("open", sample => sample.ConnectionsOpen ?? 0)]);
        }
    }

    private static LineChart Curves(string title, IEnumerable<(string Name, LatencyHistogram Latency)> times) => new(
        title,
        [.. times.Where(line => line.Latency.Count > 0)
            .Select(line => new ChartLine(line.Name, [.. CurvePercents.Select(percent => PointAt(line.Latency, percent))]))],
        CurveTicks);

    private static ChartPoint PointAt(LatencyHistogram latency, double percent)
    {
        var milliseconds = latency.Percentile(percent).TotalMilliseconds;
        return new ChartPoint(Nines(percent), milliseconds, Invariant($"{percent:0.###} %: {milliseconds:0.###} ms"));
    }

    // Each nine of a percentile has the same width, so that the tail can be seen.
    private static double Nines(double percent) => -Math.Log10(1 - (percent / 100));

    private static LineChart OverTime(LoadResult result, string title, IEnumerable<(string Name, Func<LoadSample, double> Value)> lines)
    {
        var ticks = ChartTicks.UpTo(Math.Round(result.Samples[^1].End.TotalSeconds, 1)); // 10.001 s need no axis of 12
        return new LineChart(
            title,
            [.. lines.Select(line => new ChartLine(line.Name, [.. result.Samples.Select(sample => PointOf(sample, line.Value(sample)))]))],
            [.. ticks.Select(tick => (tick, Invariant($"{tick:0.###} s")))]);
    }

    private static ChartPoint PointOf(LoadSample sample, double value) =>
        new(sample.End.TotalSeconds, value, Invariant($"{sample.End.TotalSeconds:0} s: {value:0.###}"));
}
