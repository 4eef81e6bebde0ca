using System.Collections.Concurrent;

namespace LoadTests.Engine;

/// <summary>Runs the units of one phase and records what came of each.</summary>
/// <param name="scenario">Set up.</param>
/// <param name="time">Clock of the latencies.</param>
/// <param name="abandoned">Fires when nobody waits for the units any longer.</param>
internal sealed class UnitRecorder(IScenario scenario, TimeProvider time, CancellationToken abandoned)
{
    private const int MaxErrorKinds = 16;

    private readonly long _origin = time.GetTimestamp();
    private readonly ConcurrentDictionary<string, long> _errors = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, PartRecorder> _parts = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _started;
    private long _succeeded;
    private long _failed;
    private int _underWay = 1; // the phase itself, until it starts no more units

    public TimeSpan Elapsed => time.GetElapsedTime(_origin);

    public long Started => Volatile.Read(ref _started);

    public long Succeeded => Volatile.Read(ref _succeeded);

    /// <summary>Units that ended and did not succeed.</summary>
    public long Failed => Volatile.Read(ref _failed);

    /// <summary>From when the unit was meant to start to its end: what a user who does not know of the generator would have waited.</summary>
    public LatencyHistogram Latency { get; } = new();

    /// <summary>From the unit's real start to its end.</summary>
    public LatencyHistogram Service { get; } = new();

    /// <summary>How late units started: the generator's own share of the latency.</summary>
    public LatencyHistogram Lag { get; } = new();

    public IReadOnlyDictionary<string, long> Errors => _errors;

    public IEnumerable<PartResult> Parts() => _parts.OrderBy(part => part.Key, StringComparer.Ordinal).Select(part => part.Value.Result(part.Key));

    public async Task RunUnitAsync(long number, TimeSpan intended)
    {
        var begun = Elapsed;
        var part = scenario.PartOf(number) is { } name ? _parts.GetOrAdd(name, static _ => new PartRecorder()) : null;
        part?.Started();
        Interlocked.Increment(ref _started);
        Interlocked.Increment(ref _underWay);
        try
        {
            await scenario.RunUnitAsync(number, abandoned);
            var ended = Elapsed;
            Latency.Record(ended - intended);
            Service.Record(ended - begun);
            Lag.Record(begun - intended);
            part?.Succeeded(ended - intended);
            Interlocked.Increment(ref _succeeded);
        }
        catch (Exception error)
        {
            Interlocked.Increment(ref _failed);
            var kind = Describe(error);
            _errors.AddOrUpdate(_errors.Count < MaxErrorKinds || _errors.ContainsKey(kind) ? kind : "other", 1, static (_, count) => count + 1);
        }
        finally
        {
            Release();
        }
    }

    /// <summary>Waits for the units under way; called once, after the last has started.</summary>
    public async Task WhenIdleAsync(TimeSpan patience)
    {
        Release();
        try
        {
            await _idle.Task.WaitAsync(patience, time, CancellationToken.None);
        }
        catch (TimeoutException)
        {
            // They are the difference between started and ended.
        }
    }

    private static string Describe(Exception error)
    {
        var root = error.GetBaseException();
        var line = root.Message.Split('\n')[0].Trim();
        return $"{root.GetType().Name}: {(line.Length > 100 ? line[..100] + "…" : line)}";
    }

    private void Release()
    {
        if (Interlocked.Decrement(ref _underWay) == 0)
        {
            _idle.TrySetResult();
        }
    }
}
