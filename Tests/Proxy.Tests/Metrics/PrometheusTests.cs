using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Proxy.Admin.Metrics;
using Proxy.Metrics;
using Xunit;

namespace Proxy.Tests.Metrics;

public sealed class PrometheusTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly MetricsCollector _collector;
    private readonly Meter _meter;

    public PrometheusTests()
    {
        var factory = _services.GetRequiredService<IMeterFactory>();
        _collector = new MetricsCollector(factory);
        _meter = factory.Create(GatewayMetrics.MeterName);
        _collector.Start();
    }

    [Fact]
    public void Write_Counter_HasHeadTotalAndEscapedLabels()
    {
        var counter = _meter.CreateCounter<long>("test.things", "{thing}", "Back\\slash and\nline.");
        counter.Add(2, new KeyValuePair<string, object?>("b.tag", "say \"hi\"\\\n"), new KeyValuePair<string, object?>("a", true));
        counter.Add(3, new KeyValuePair<string, object?>("b.tag", "say \"hi\"\\\n"), new KeyValuePair<string, object?>("a", true));

        Assert.Equal(
            """
            # HELP test_things_total Back\\slash and\nline.
            # TYPE test_things_total counter
            test_things_total{a="true",b_tag="say \"hi\"\\\n"} 5

            """, Own());
    }

    [Fact]
    public void Write_Histogram_HasCumulatedBucketsSumAndCount()
    {
        var histogram = _meter.CreateHistogram("test.duration", "s", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1] });
        foreach (var value in (double[])[0.05, 0.1, 0.5, 7])
        {
            histogram.Record(value);
        }

        Assert.Equal(
            """
            # TYPE test_duration_seconds histogram
            test_duration_seconds_bucket{le="0.1"} 2
            test_duration_seconds_bucket{le="1"} 3
            test_duration_seconds_bucket{le="+Inf"} 4
            test_duration_seconds_sum 7.65
            test_duration_seconds_count 4

            """, Own());
    }

    [Fact]
    public void Write_Observed_ShowsOnlyWhatIsStillThere()
    {
        var nodes = new List<string> { "a", "b" };
        _meter.CreateObservableGauge("test.load", () => nodes.Select(node => new Measurement<int>(7, new KeyValuePair<string, object?>("node", node))));

        Assert.Equal("# TYPE test_load gauge\ntest_load{node=\"a\"} 7\ntest_load{node=\"b\"} 7\n", Own());
        nodes.Remove("a");
        Assert.Equal("# TYPE test_load gauge\ntest_load{node=\"b\"} 7\n", Own());
        nodes.Clear();
        Assert.Equal("", Own());
    }

    [Fact]
    public void Write_UpAndDown_ReturnsToZero()
    {
        var counter = _meter.CreateUpDownCounter<int>("test.open");
        counter.Add(1);
        counter.Add(1);
        counter.Add(-2);

        Assert.Equal("# TYPE test_open gauge\ntest_open 0\n", Own());
    }

    [Fact]
    public void Write_TooManySeries_AreSummedUpInOne()
    {
        var counter = _meter.CreateCounter<long>("test.flood");
        for (var i = 0; i < MetricFamily.MostSeries + 5; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("i", i));
        }

        var lines = Own().Split('\n');
        Assert.Contains("test_flood_total{otel_metric_overflow=\"true\"} 5", lines);
        Assert.Equal(MetricFamily.MostSeries + 1, lines.Count(line => line.StartsWith("test_flood_total{", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("http.server.request.duration", "s", "histogram", "http_server_request_duration_seconds")]
    [InlineData("dotnet.gc.heap.total_allocated", "By", "counter", "dotnet_gc_heap_total_allocated_bytes_total")]
    [InlineData("a..b", "1", "gauge", "a_b_ratio")]
    [InlineData("9lives", "{life}", "counter", "_9lives_total")]
    [InlineData("requests_total", null, "counter", "requests_total")]
    public void Name_Instrument_FollowsTheRules(string instrument, string? unit, string type, string expected) =>
        Assert.Equal(expected, PrometheusFormat.Name(instrument, unit, type));

    [Fact]
    public void Write_MeterOfAnotherApplication_IsNotShown()
    {
        using var other = new ServiceCollection().AddMetrics().BuildServiceProvider();
        other.GetRequiredService<IMeterFactory>().Create(GatewayMetrics.MeterName).CreateCounter<int>("test.foreign").Add(1);

        Assert.Equal("", Own());
    }

    public void Dispose()
    {
        _collector.Dispose();
        _services.Dispose();
    }

    // The process's own meters are in it, too.
    private string Own() => string.Concat(_collector.Write().Split('\n').Where(line => line.Contains("test_", StringComparison.Ordinal)).Select(line => line + "\n"));
}
