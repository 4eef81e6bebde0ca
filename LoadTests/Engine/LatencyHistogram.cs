using System.Numerics;

namespace LoadTests.Engine;

/// <summary>Counts durations in buckets that are linear within each power of two, so a percentile is at most 1/128 above the truth.</summary>
/// <remarks>Thread-safe; a record is an increment, whatever the value, and takes no memory.</remarks>
public sealed class LatencyHistogram
{
    private const int SubBucketBits = 7;
    private const int SubBuckets = 1 << SubBucketBits;
    private const int LargestExponent = 63 - SubBucketBits;

    private readonly long[] _counts = new long[(LargestExponent + 1) * SubBuckets];
    private long _max;

    /// <summary>How many durations were recorded.</summary>
    public long Count => _counts.Sum();

    /// <summary>The longest duration, exactly; zero when there is none.</summary>
    public TimeSpan Max => new(Volatile.Read(ref _max));

    /// <summary>Counts a duration; a negative one as zero.</summary>
    public void Record(TimeSpan duration)
    {
        var ticks = Math.Max(0, duration.Ticks);
        Interlocked.Increment(ref _counts[IndexOf(ticks)]);
        var max = Volatile.Read(ref _max);
        while (ticks > max)
        {
            var seen = Interlocked.CompareExchange(ref _max, ticks, max);
            if (seen == max)
            {
                return;
            }

            max = seen;
        }
    }

    /// <summary>The duration that this part of all did not exceed; zero when there is none.</summary>
    /// <param name="percent">Above 0, up to 100.</param>
    public TimeSpan Percentile(double percent)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(percent);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(percent, 100);
        var rank = Math.Max(1, (long)Math.Ceiling(Count * percent / 100));
        for (var index = 0; index < _counts.Length; index++)
        {
            rank -= _counts[index];
            if (rank <= 0)
            {
                return new TimeSpan(Math.Min(HighestIn(index), _max));
            }
        }

        return Max;
    }

    /// <summary>What was recorded until now; later records do not change it.</summary>
    public LatencyHistogram Copy() => Since(new LatencyHistogram());

    /// <summary>What was recorded after an earlier copy; its longest duration is as exact as a percentile.</summary>
    public LatencyHistogram Since(LatencyHistogram earlier)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        var difference = new LatencyHistogram { _max = Max.Ticks };
        for (var index = 0; index < _counts.Length; index++)
        {
            difference._counts[index] = Volatile.Read(ref _counts[index]) - earlier._counts[index];
        }

        return difference;
    }

    // Below 128 each value has a bucket. From there on the 8 leading bits (a 1 and SubBucketBits more) name the bucket.
    private static int IndexOf(long ticks)
    {
        var exponent = Math.Max(0, 63 - BitOperations.LeadingZeroCount((ulong)ticks) - SubBucketBits);
        return (exponent << SubBucketBits) + (int)(ticks >> exponent);
    }

    private static long HighestIn(int index)
    {
        var exponent = Math.Max(0, (index >> SubBucketBits) - 1);
        var leading = index - (exponent << SubBucketBits);
        return ((leading + 1L) << exponent) - 1;
    }
}
