using LoadTests.Engine;
using Xunit;

namespace EndToEndTests.LoadGenerator;

public sealed class LatencyHistogramTests
{
    private static readonly double[] Percents = [0.001, 1, 10, 50, 90, 99, 99.9, 100];

    [Fact]
    public void Percentile_Empty_IsZero()
    {
        var histogram = new LatencyHistogram();

        Assert.Equal((0, TimeSpan.Zero, TimeSpan.Zero), (histogram.Count, histogram.Percentile(99), histogram.Max));
    }

    [Fact]
    public void Percentile_SmallValues_IsExact()
    {
        var histogram = new LatencyHistogram();
        for (var ticks = 1; ticks <= 100; ticks++)
        {
            histogram.Record(new TimeSpan(ticks));
        }

        Assert.All(Enumerable.Range(1, 100), percent => Assert.Equal(percent, histogram.Percentile(percent).Ticks));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Percentile_AnyValues_IsNeverBelowAndHardlyAboveTheTruth(int seed)
    {
        var random = new Random(seed);
        var values = Enumerable.Range(0, 10_000).Select(_ => (long)Math.Exp(random.NextDouble() * Math.Log(TimeSpan.TicksPerHour))).ToArray();
        var histogram = new LatencyHistogram();
        foreach (var value in values)
        {
            histogram.Record(new TimeSpan(value));
        }

        Array.Sort(values);
        Assert.All(Percents, percent =>
        {
            var truth = values[Math.Max(0, (int)Math.Ceiling(values.Length * percent / 100) - 1)];
            Assert.InRange(histogram.Percentile(percent).Ticks, truth, truth + (truth / 128));
        });
        Assert.Equal(values[^1], histogram.Max.Ticks);
        Assert.Equal(values[^1], histogram.Percentile(100).Ticks);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(long.MaxValue)]
    public void Record_EdgesOfBuckets_AreCounted(long ticks)
    {
        var histogram = new LatencyHistogram();

        histogram.Record(new TimeSpan(ticks));

        Assert.Equal((1, ticks), (histogram.Count, histogram.Percentile(50).Ticks));
    }

    [Fact]
    public void Record_Negative_CountsAsZero()
    {
        var histogram = new LatencyHistogram();

        histogram.Record(TimeSpan.FromSeconds(-1));

        Assert.Equal((1, TimeSpan.Zero), (histogram.Count, histogram.Percentile(100)));
    }

    [Fact]
    public void Since_AnEarlierCopy_IsWhatCameAfterIt()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(new TimeSpan(100));
        var copy = histogram.Copy();
        histogram.Record(new TimeSpan(7));
        histogram.Record(new TimeSpan(9));

        var since = histogram.Since(copy);

        Assert.Equal((1, 100), (copy.Count, copy.Percentile(100).Ticks));
        Assert.Equal((2, 7, 9), (since.Count, since.Percentile(50).Ticks, since.Percentile(100).Ticks));
    }

    [Fact]
    public void Record_ManyThreads_LosesNothing()
    {
        var histogram = new LatencyHistogram();

        Parallel.For(0, 100_000, i => histogram.Record(new TimeSpan(i)));

        Assert.Equal((100_000, 99_999), (histogram.Count, histogram.Max.Ticks));
    }
}
