namespace LoadTests.Engine;

/// <summary>The two ways to start units.</summary>
internal static class Load
{
    /// <summary>Open loop: starts each unit when it is due and never waits for an answer, so a slow server meets the same load as a fast one.</summary>
    /// <remarks>On a thread of its own: it blocks between two units.</remarks>
    public static Task OpenAsync(UnitRecorder units, OpenLoopSchedule schedule, TimeProvider time, CancellationToken stop) => Task.Factory.StartNew(
        () => PaceAsync(units, schedule, time, stop), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();

    /// <summary>Closed loop: each worker starts a unit when its last has ended. Only for saturation: its latencies leave out the waiting.</summary>
    public static Task ClosedAsync(UnitRecorder units, int workers, TimeSpan duration, CancellationToken stop)
    {
        return Task.WhenAll(Enumerable.Range(0, workers).Select(WorkAsync));

        async Task WorkAsync(int worker)
        {
            await Task.Yield();
            for (var number = (long)worker; units.Elapsed is var now && now < duration; number += workers)
            {
                stop.ThrowIfCancellationRequested();
                await units.RunUnitAsync(number, now);
            }
        }
    }

    private static async Task PaceAsync(UnitRecorder units, OpenLoopSchedule schedule, TimeProvider time, CancellationToken stop)
    {
        var next = 0L;
        while (units.Elapsed is var elapsed && (elapsed < schedule.Duration || next < schedule.Units)) // late units are not left out
        {
            for (var due = schedule.DueAt(elapsed); next < due && !stop.IsCancellationRequested; next++)
            {
                _ = units.RunUnitAsync(next, schedule.IntendedAt(next));
            }

            var until = next < schedule.Units ? schedule.IntendedAt(next) : schedule.Duration;
            await PreciseDelay.WaitAsync(until - units.Elapsed, time, stop);
        }
    }
}
