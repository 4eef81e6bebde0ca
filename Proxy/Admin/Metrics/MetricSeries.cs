namespace Proxy.Admin.Metrics;

/// <summary>One metric with one set of tags.</summary>
internal sealed class MetricSeries(string labels, double[]? bounds)
{
    private readonly Lock _gate = new();
    private readonly long[] _buckets = bounds is null ? [] : new long[bounds.Length + 1];
    private double _sum;
    private long _count;
    private int _round = -1;

    /// <summary>As Prometheus writes them, without braces; may be empty.</summary>
    public string Labels { get; } = labels;

    /// <summary>A counter went up, or an up-down counter either way.</summary>
    public void Add(double value)
    {
        lock (_gate)
        {
            _sum += value;
        }
    }

    /// <summary>A gauge was set, or something was observed.</summary>
    /// <param name="value">The value.</param>
    /// <param name="round">The look at observed things that saw it; who is not seen again is not shown again.</param>
    public void Set(double value, int round)
    {
        lock (_gate)
        {
            // Two of one name in one look, such as the pools of two clusters, are one to whoever reads it.
            _sum = _round == round && round > 0 ? _sum + value : value;
            _round = round;
        }
    }

    /// <summary>A histogram got a value.</summary>
    public void Record(double value)
    {
        lock (_gate)
        {
            var at = Array.BinarySearch(bounds!, value);
            _buckets[at < 0 ? ~at : at]++; // upper bounds count as inside
            _sum += value;
            _count++;
        }
    }

    /// <summary>Reads all of it at one moment.</summary>
    /// <returns>Sum or value; count and cumulated buckets of a histogram; the last round.</returns>
    public (double Value, long Count, long[] Cumulated, int Round) Read()
    {
        lock (_gate)
        {
            var cumulated = (long[])_buckets.Clone();
            for (var i = 1; i < cumulated.Length; i++)
            {
                cumulated[i] += cumulated[i - 1];
            }

            return (_sum, _count, cumulated, _round);
        }
    }
}
