using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Proxy.Admin.Metrics;
using Proxy.Metrics;
using Proxy.Tests.Configuration;
using Xunit;

namespace Proxy.Tests.Metrics;

/// <summary>What docs/metrics.md says about the text for Prometheus, and OpenTelemetry's exporter has to do.</summary>
public sealed class PrometheusTests : IDisposable
{
    private readonly PrometheusScrape _scrape = new();

    [Fact]
    public async Task Counter_Text_HasUnitAndTotalAndNoLabelsOfOpenTelemetry()
    {
        var counter = _scrape.Meter.CreateCounter<long>("gateway.some.io", "By", "Back\\slash and\nline.");
        counter.Add(2, new KeyValuePair<string, object?>("b.tag", "say \"hi\"\\\n"), new KeyValuePair<string, object?>("a", true));
        counter.Add(3, new KeyValuePair<string, object?>("b.tag", "say \"hi\"\\\n"), new KeyValuePair<string, object?>("a", true));

        Assert.Equal(
            [
                "# TYPE gateway_some_io_bytes_total counter",
                """# HELP gateway_some_io_bytes_total Back\\slash and\nline.""",
                """gateway_some_io_bytes_total{a="true",b_tag="say \"hi\"\\\n"} 5""",
            ],
            await _scrape.ReadAsync());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.3")]
    public async Task Histogram_Text_HasItsBucketsAndNothingOfOpenMetrics(string? accept)
    {
        var histogram = _scrape.Meter.CreateHistogram(
            "gateway.some.duration", "s", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1] });
        foreach (var value in (double[])[0.05, 0.1, 0.5, 7])
        {
            histogram.Record(value, new KeyValuePair<string, object?>("a", 1));
        }

        Assert.Equal(
            [
                "# TYPE gateway_some_duration_seconds histogram",
                """gateway_some_duration_seconds_bucket{a="1",le="0.1"} 2""",
                """gateway_some_duration_seconds_bucket{a="1",le="1"} 3""",
                """gateway_some_duration_seconds_bucket{a="1",le="+Inf"} 4""",
                """gateway_some_duration_seconds_sum{a="1"} 7.65""",
                """gateway_some_duration_seconds_count{a="1"} 4""",
            ],
            await _scrape.ReadAsync(accept));
    }

    [Fact]
    public async Task Observed_NodeIsGone_NextAnswerDoesNotShowIt()
    {
        var nodes = new List<string> { "a", "b" };
        _scrape.Meter.CreateObservableGauge(
            "gateway.some.load", () => nodes.Select(node => new Measurement<int>(7, new KeyValuePair<string, object?>("node", node))));

        Assert.Equal(["# TYPE gateway_some_load gauge", "gateway_some_load{node=\"a\"} 7", "gateway_some_load{node=\"b\"} 7"], await _scrape.ReadAsync());
        nodes.Remove("a");
        Assert.Equal(["# TYPE gateway_some_load gauge", "gateway_some_load{node=\"b\"} 7"], await _scrape.ReadAsync());
        nodes.Clear();
        Assert.Empty(await _scrape.ReadAsync());
    }

    /// <summary>The instruments of the page, each with the series that it can have according to its tags.</summary>
    public static TheoryData<string, int> MaxSeries() => new(RepositoryFile.Read("docs/metrics.md").Split('\n')
        .Where(line => line.StartsWith("| `gateway.", StringComparison.Ordinal))
        .Select(line => line.Split('|'))
        .Select(cells => (cells[1].Trim(' ', '`'), IsByNode(cells[4]) ? GatewayMeters.MaxSeries : GatewayMeters.MaxFixedSeries)));

    [Theory]
    [MemberData(nameof(MaxSeries))]
    public async Task Series_BeyondTheMaximum_AreAddedUpInOne(string instrument, int max)
    {
        var counter = _scrape.Meter.CreateUpDownCounter<long>(instrument);
        for (var i = 0; i < max + 5; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("i", i));
        }

        var series = (await _scrape.ReadAsync()).Where(line => line[0] != '#').ToArray();
        Assert.Contains(instrument.Replace('.', '_') + "{otel_metric_overflow=\"true\"} 5", series);
        Assert.Equal(max + 1, series.Length);
    }

    [Fact]
    public async Task Meter_OfAnotherApplication_IsNotShown()
    {
        using var other = new ServiceCollection().AddMetrics().BuildServiceProvider();
        other.GetRequiredService<IMeterFactory>().Create(GatewayMetrics.MeterName).CreateCounter<int>("gateway.foreign").Add(1);

        Assert.Empty(await _scrape.ReadAsync());
    }

    public void Dispose() => _scrape.Dispose();

    private static bool IsByNode(string tags) =>
        tags.Contains("`gateway.cluster`", StringComparison.Ordinal) || tags.Contains("`gateway.node`", StringComparison.Ordinal);
}
