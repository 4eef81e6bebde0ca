using System.Text.Json;
using LoadTests.Engine;

namespace LoadTests.Reports;

/// <summary>A result for programs: durations in milliseconds, names as in the table.</summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions Options = new() { WriteIndented = true };

    public static string Write(LoadResult result) => JsonSerializer.Serialize(
        new
        {
            scenario = result.Settings.Scenario,
            settings = new
            {
                url = result.Settings.Url,
                transport = SettingsText.NameOf(result.Settings.Transport),
                skipNegotiation = result.Settings.SkipNegotiation,
                connections = result.Settings.Connections,
                rate = result.Settings.Rate,
                durationMs = result.Settings.Duration.TotalMilliseconds,
                warmUpMs = result.Settings.WarmUp.TotalMilliseconds,
                timeoutMs = result.Settings.Timeout.TotalMilliseconds,
                cookies = result.Settings.Cookies,
                sharedHttp = result.Settings.SharedHttp,
                lean = result.Settings.Lean,
                messageSize = result.Settings.MessageSize,
                method = result.Settings.Method.ToString(),
                @event = result.Settings.Event.ToString(),
                page = result.Settings.Page,
            },
            began = result.Began,
            setUpMs = result.SetUp.TotalMilliseconds,
            measuredMs = result.Measured.TotalMilliseconds,
            started = result.Started,
            succeeded = result.Succeeded,
            failed = result.Failed,
            connectionsLost = result.ConnectionsLost,
            throughput = result.Throughput,
            latencyMs = Times(result.Latency),
            serviceMs = Times(result.Service),
            lagMs = Times(result.Lag),
            generatorCpuMs = result.GeneratorCpu.TotalMilliseconds,
            generatorCores = result.GeneratorCores,
            parts = result.Parts.Select(part => new
            {
                name = part.Name,
                started = part.Started,
                succeeded = part.Succeeded,
                failed = part.Failed,
                latencyMs = Times(part.Latency),
            }),
            series = result.Series.Select(series => new
            {
                name = series.Name,
                count = series.Latency.Count,
                perSecond = result.PerSecond(series.Latency),
                latencyMs = Times(series.Latency),
            }),
            samples = result.Samples.Select(sample => new
            {
                beginMs = sample.Begin.TotalMilliseconds,
                endMs = sample.End.TotalMilliseconds,
                succeeded = sample.Succeeded,
                failed = sample.Failed,
                p50Ms = sample.P50.TotalMilliseconds,
                p99Ms = sample.P99.TotalMilliseconds,
                connectionsOpen = sample.ConnectionsOpen,
            }),
            figures = result.Figures.Select(figure => new { name = figure.Name, value = figure.Value, unit = figure.Unit }),
            answers = result.Answers.OrderBy(pair => pair.Key)
                .Select(pair => new { kind = pair.Key.Kind.ToString(), status = pair.Key.Status, count = pair.Value }),
            errors = result.Errors,
        },
        Options);

    private static Dictionary<string, double> Times(LatencyHistogram histogram) =>
        Percentiles.All.ToDictionary(percentile => percentile.Name, percentile => histogram.Percentile(percentile.Percent).TotalMilliseconds);
}
