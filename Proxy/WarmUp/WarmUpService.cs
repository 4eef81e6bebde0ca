using System.Diagnostics.Metrics;
using Proxy.Configuration;

namespace Proxy.WarmUp;

/// <summary>Has the runtime compile the code of a request before clients come: uncompiled a request costs twice as much, and after a
/// start all clients reconnect at once.</summary>
/// <remarks>
/// Drives a gateway and a node of its own (<see cref="WarmUpGateway"/>, <see cref="WarmUpNode"/>), whose code is that of the real gateway. Meanwhile
/// <c>/healthz/ready</c> answers 503, and clients are served. It ends at the first of its limits, and no failure of it stops the gateway.
/// </remarks>
internal sealed partial class WarmUpService(
    WarmUpState state, WarmUpGateway second, WarmUpLimits limits, LiveConfiguration live, IHostApplicationLifetime lifetime, TimeProvider time,
    ILogger<WarmUpService> logger) : BackgroundService
{
    // By then every connection has ended, so the stop has nothing to wait for.
    private static readonly TimeSpan MaxStopTime = TimeSpan.FromSeconds(1);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        state.IsRunning = live.Current.Options.WarmUp; // It has to be set before the gateway can be asked whether it is ready.
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!state.IsRunning)
        {
            return;
        }

        try
        {
            await StartedAsync(stoppingToken);
            var started = time.GetTimestamp();
            var rounds = await RunAsync(stoppingToken);
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive); // The memory of the warm-up is not needed again.
            Log.WarmedUp(logger, rounds, time.GetElapsedTime(started));
        }
        catch (Exception) when (stoppingToken.IsCancellationRequested)
        {
            // The gateway stops.
        }
        catch (Exception e)
        {
            Log.Failed(logger, e);
        }
        finally
        {
            state.IsRunning = false;
        }
    }

    private async Task StartedAsync(CancellationToken cancellationToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(cancellationToken);
    }

    private async Task<int> RunAsync(CancellationToken stoppingToken)
    {
        await using var node = WarmUpNode.Build();
        await node.StartAsync(stoppingToken);
        await using var gateway = second.Build(node.Urls.Single(), live.Current.Options);
        await gateway.StartAsync(stoppingToken);

        var rounds = await DriveAsync(gateway, stoppingToken);

        await gateway.StopAsync(MaxStopTime);
        await node.StopAsync(MaxStopTime);
        return rounds;
    }

    private async Task<int> DriveAsync(WebApplication gateway, CancellationToken stoppingToken)
    {
        using var timer = new CancellationTokenSource(limits.Time, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, timer.Token);
        using var client = new WarmUpClient(gateway.Urls.Single(), gateway.Services.GetRequiredService<IMeterFactory>());
        var enough = Environment.CpuUsage.TotalTime + limits.CpuTime;
        var rounds = 0;
        try
        {
            while (rounds < limits.Rounds && Environment.CpuUsage.TotalTime < enough)
            {
                await client.RunRoundAsync(limit.Token);
                rounds++;
            }
        }
        catch (Exception) when (timer.IsCancellationRequested)
        {
            // What has been done by now will do.
        }

        return rounds;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Warmed up: {Rounds} rounds in {Elapsed}.", EventName = "WarmedUp")]
        public static partial void WarmedUp(ILogger logger, int rounds, TimeSpan elapsed);

        [LoggerMessage(2, LogLevel.Warning, "The warm-up failed; the gateway goes on without it.", EventName = "WarmUpFailed")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
