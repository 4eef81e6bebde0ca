namespace LoadTests.Engine;

/// <summary>Counts and times the units of one part.</summary>
internal sealed class PartRecorder
{
    private readonly LatencyHistogram _latency = new();
    private long _started;

    public void Started() => Interlocked.Increment(ref _started);

    public void Succeeded(TimeSpan latency) => _latency.Record(latency);

    public PartResult Result(string name) => new(name, Volatile.Read(ref _started), _latency.Count, _latency);
}
