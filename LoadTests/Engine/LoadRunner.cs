using LoadTests.Connections;

namespace LoadTests.Engine;

/// <summary>Runs a scenario: set-up, warm-up, measured load, wait for the last answers, clean-up.</summary>
/// <param name="time">Clock of the schedule and of the latencies.</param>
/// <param name="progress">Told what begins, and once a second how it goes; never by two threads at once.</param>
public sealed class LoadRunner(TimeProvider time, Action<LoadProgress>? progress = null)
{
    private const string NoAnswer = "no answer when the run ended";

    private static readonly TimeSpan PatienceWhenStopped = TimeSpan.FromSeconds(1);

    /// <summary>Runs and disposes a scenario. When stopped in the measured time, the result is what was measured until then.</summary>
    /// <param name="scenario">Not set up yet.</param>
    /// <param name="settings">What it was made with.</param>
    /// <param name="trace">Where its clients count their answers.</param>
    /// <param name="stop">Ends the load early.</param>
    public async Task<LoadResult> RunAsync(IScenario scenario, LoadSettings settings, ConnectionTrace trace, CancellationToken stop)
    {
        await using (scenario)
        {
            using var abandon = new CancellationTokenSource();
            progress?.Invoke(new LoadProgress(LoadPhase.SetUp));
            var setUp = time.GetTimestamp();
            await scenario.SetUpAsync(stop);
            var setUpTook = time.GetElapsedTime(setUp);

            if (scenario.Heeds.HasFlag(ScenarioSettings.Units) && settings.WarmUp > TimeSpan.Zero)
            {
                await RunPhaseAsync(LoadPhase.WarmUp, scenario, new UnitRecorder(scenario, time, abandon.Token), settings, settings.WarmUp, stop);
            }

            scenario.BeginMeasuring();
            var began = time.GetUtcNow();
            var units = new UnitRecorder(scenario, time, abandon.Token);
            var cpu = Environment.CpuUsage.TotalTime;
            var samples = await RunPhaseAsync(LoadPhase.Measuring, scenario, units, settings, settings.Duration, stop);
            var measured = samples[^1].End;
            cpu = Environment.CpuUsage.TotalTime - cpu;

            await units.WhenIdleAsync(stop.IsCancellationRequested ? PatienceWhenStopped : settings.Timeout);
            var result = new LoadResult
            {
                Settings = settings,
                Heeds = scenario.Heeds,
                Began = began,
                SetUp = setUpTook,
                Measured = measured,
                Started = units.Started,
                Succeeded = units.Succeeded,
                Errors = ErrorsOf(units),
                Latency = units.Latency,
                Service = units.Service,
                Lag = units.Lag,
                GeneratorCpu = cpu,
                Answers = trace.Counts(),
                ConnectionsLost = scenario.ConnectionsLost,
                Samples = samples,
                Parts = [.. units.Parts()],
                Series = [.. scenario.Series()],
                Figures = [.. scenario.Figures()],
            };
            await abandon.CancelAsync();
            return result;
        }
    }

    private static Dictionary<string, long> ErrorsOf(UnitRecorder units)
    {
        var errors = new Dictionary<string, long>(units.Errors, StringComparer.Ordinal);
        if (units.Started - units.Succeeded - errors.Values.Sum() is var missing and > 0)
        {
            errors[NoAnswer] = missing;
        }

        return errors;
    }

    private async Task<IReadOnlyList<LoadSample>> RunPhaseAsync(
        LoadPhase phase, IScenario scenario, UnitRecorder units, LoadSettings settings, TimeSpan length, CancellationToken stop)
    {
        progress?.Invoke(new LoadProgress(phase, length));
        await using var sampler = new LoadSampler(scenario, units, time, phase, length, progress);
        await (scenario.Heeds.HasFlag(ScenarioSettings.Units) ? ApplyAsync(units, settings, length, stop) : HoldAsync(length, stop));
        return sampler.Finish();
    }

    private async Task ApplyAsync(UnitRecorder units, LoadSettings settings, TimeSpan duration, CancellationToken stop)
    {
        var load = settings.Rate > 0
            ? Load.OpenAsync(units, new OpenLoopSchedule(settings.Rate, duration), time, stop)
            : Load.ClosedAsync(units, settings.Connections, duration, stop);

        // A worker whose unit never ends does not end either.
        await load.WaitAsync(duration + settings.Timeout, time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private Task HoldAsync(TimeSpan duration, CancellationToken stop) => Task.Delay(duration, time, stop).ContinueWith(
        static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
