using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Proxy.Admin.Metrics;

/// <summary>All series of one metric name.</summary>
internal sealed class MetricFamily(string name, string type, string help, double[]? bounds)
{
    /// <summary>Series of one metric at the most; what goes beyond is summed up in one more, as OpenTelemetry's SDKs do.</summary>
    public const int MostSeries = 2000;

    private readonly ConcurrentDictionary<KeyValuePair<string, object?>[], MetricSeries> _series = new(TagsComparer.Instance);
    private readonly MetricSeries _overflow = new("otel_metric_overflow=\"true\"", bounds);
    private int _count;
    private bool _hasOverflow;

    public string Name { get; } = name;

    /// <summary>Prometheus's type.</summary>
    public string Type { get; } = type;

    public string Help { get; } = help;

    public double[]? Bounds { get; } = bounds;

    public IEnumerable<MetricSeries> Series => _series.Select(pair => pair.Value).Concat(_hasOverflow ? [_overflow] : []).OrderBy(series => series.Labels, StringComparer.Ordinal);

    /// <summary>The series of a set of tags; allocates only for a new one.</summary>
    public MetricSeries Find(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (_series.GetAlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>>().TryGetValue(tags, out var known))
        {
            return known;
        }

        if (Volatile.Read(ref _count) >= MostSeries)
        {
            _hasOverflow = true;
            return _overflow;
        }

        var added = new MetricSeries(PrometheusFormat.Labels(tags), Bounds);
        var series = _series.GetOrAdd(tags.ToArray(), added);
        if (ReferenceEquals(series, added))
        {
            Interlocked.Increment(ref _count);
        }

        return series;
    }

    /// <summary>The family that an instrument belongs to.</summary>
    public static MetricFamily Of(Instrument instrument)
    {
        var type = TypeOf(instrument);
        return new MetricFamily(
            PrometheusFormat.Name(instrument.Name, instrument.Unit, type), type, instrument.Description ?? "", type is "histogram" ? BoundsOf(instrument) : null);
    }

    private static string TypeOf(Instrument instrument)
    {
        var generic = instrument.GetType().GetGenericTypeDefinition();
        return generic == typeof(Counter<>) || generic == typeof(ObservableCounter<>) ? "counter"
            : generic == typeof(Histogram<>) ? "histogram"
            : "gauge";
    }

    private static double[] BoundsOf(Instrument instrument) => instrument switch
    {
        Instrument<double> { Advice.HistogramBucketBoundaries: { } given } => [.. given],
        Instrument<long> { Advice.HistogramBucketBoundaries: { } given } => [.. given.Select(bound => (double)bound)],
        Instrument<int> { Advice.HistogramBucketBoundaries: { } given } => [.. given.Select(bound => (double)bound)],

        // OpenTelemetry's defaults: for times that are given in seconds, and for everything else.
        { Unit: "s" } => [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
        _ => [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000],
    };
}
