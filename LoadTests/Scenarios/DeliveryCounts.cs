using LoadTests.Engine;

namespace LoadTests.Scenarios;

/// <summary>Deliveries of the messages that were sent in one phase.</summary>
internal sealed class DeliveryCounts
{
    private long _expected;

    public long Expected => Volatile.Read(ref _expected);

    public LatencyHistogram Delays { get; } = new();

    public void Expect(int deliveries) => Interlocked.Add(ref _expected, deliveries);
}
