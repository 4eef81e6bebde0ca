using LoadTests.Connections;

namespace LoadTests.Engine;

/// <summary>Runs a scenario: set-up, warm-up, measured load, wait for the last answers, clean-up.</summary>
/// <param name="time">Clock of the schedule and of the latencies.</param>
/// <param name="progress">Told what begins.</param>
public sealed class LoadRunner(TimeProvider time, Action<string>? progress = null)
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
            var hasUnits = scenario.Heeds.HasFlag(ScenarioSettings.Units);
            progress?.Invoke("set-up");
            var setUp = time.GetTimestamp();
            await scenario.SetUpAsync(stop);
            var setUpTook = time.GetElapsedTime(setUp);

            if (hasUnits && settings.WarmUp > TimeSpan.Zero)
            {
                progress?.Invoke($"warm-up, {settings.WarmUp:c}");
                await ApplyAsync(new UnitRecorder(scenario, time, abandon.Token), settings, settings.WarmUp, stop);
            }

            progress?.Invoke($"measuring, {settings.Duration:c}");
            var units = new UnitRecorder(scenario, time, abandon.Token);
            var cpu = Environment.CpuUsage.TotalTime;
            await (hasUnits ? ApplyAsync(units, settings, settings.Duration, stop) : HoldAsync(settings.Duration, stop));
            var measured = units.Elapsed;
            cpu = Environment.CpuUsage.TotalTime - cpu;

            await units.WhenIdleAsync(stop.IsCancellationRequested ? PatienceWhenStopped : settings.Timeout);
            var result = new LoadResult
            {
                Settings = settings,
                Heeds = scenario.Heeds,
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
