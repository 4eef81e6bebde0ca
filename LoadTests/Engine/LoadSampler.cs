namespace LoadTests.Engine;

/// <summary>Looks at the units of a phase once a second: tells how it goes, and keeps a series of at most some hundred samples.</summary>
internal sealed class LoadSampler : IAsyncDisposable
{
    private const int MaxSamples = 300;

    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly List<LoadSample> _samples = [];
    private readonly IScenario _scenario;
    private readonly UnitRecorder _units;
    private readonly LoadPhase _phase;
    private readonly TimeSpan _length;
    private readonly TimeSpan _sampleLength;
    private readonly Action<LoadProgress>? _progress;
    private readonly ITimer _timer;
    private Mark _lastTick = Mark.Start;
    private Mark _lastSample = Mark.Start;

    /// <param name="scenario">Asked for its open connections.</param>
    /// <param name="units">Those of the phase.</param>
    /// <param name="time">Clock of the ticks.</param>
    /// <param name="phase">Told to <paramref name="progress"/>.</param>
    /// <param name="length">How long the phase is meant to take.</param>
    /// <param name="progress">Told once a second.</param>
    public LoadSampler(IScenario scenario, UnitRecorder units, TimeProvider time, LoadPhase phase, TimeSpan length, Action<LoadProgress>? progress)
    {
        _scenario = scenario;
        _units = units;
        _phase = phase;
        _length = length;
        _progress = progress;
        _sampleLength = TimeSpan.FromSeconds(Math.Max(1, Math.Ceiling(length.TotalSeconds / MaxSamples)));
        _timer = time.CreateTimer(_ => OnTick(), state: null, Tick, Tick);
    }

    /// <summary>Ends the series; the load has just ended.</summary>
    public IReadOnlyList<LoadSample> Finish()
    {
        lock (_gate)
        {
            _timer.Dispose();
            _samples.Add(Take(_lastSample, Now()));
            return [.. _samples];
        }
    }

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void OnTick()
    {
        lock (_gate)
        {
            var now = Now();
            _progress?.Invoke(new LoadProgress(_phase, _length, now.Elapsed, now.Failed, Take(_lastTick, now)));
            _lastTick = now;

            // Timers are late by a little, now and then. What is too short to be a sample is left to Finish.
            if (now.Elapsed - _lastSample.Elapsed > _sampleLength - (Tick / 2) && _length - now.Elapsed > Tick / 2)
            {
                _samples.Add(Take(_lastSample, now));
                _lastSample = now;
            }
        }
    }

    private LoadSample Take(Mark from, Mark to)
    {
        var latency = to.Latency.Since(from.Latency);
        return new LoadSample(
            from.Elapsed,
            to.Elapsed,
            to.Succeeded - from.Succeeded,
            to.Failed - from.Failed,
            latency.Percentile(50),
            latency.Percentile(99),
            _scenario.ConnectionsOpen);
    }

    private Mark Now() => new(_units.Elapsed, _units.Succeeded, _units.Failed, _units.Latency.Copy());

    private sealed record Mark(TimeSpan Elapsed, long Succeeded, long Failed, LatencyHistogram Latency)
    {
        public static Mark Start { get; } = new(TimeSpan.Zero, 0, 0, new LatencyHistogram());
    }
}
