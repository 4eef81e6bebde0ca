using Microsoft.Extensions.Options;
using Proxy.Configuration;
using Proxy.Connections;
using Proxy.Nodes;
using Proxy.Requests;

namespace Proxy;

/// <summary>On SIGTERM: asks every client to connect again, which leads it to another gateway; the requests are spread over the
/// time that the stop may take.</summary>
/// <remarks>The forwarder answers open polls at once. The host ends what is still open when the time is over.</remarks>
internal sealed partial class GracefulStop(
    IHostApplicationLifetime lifetime, LiveConfiguration live, ConnectionTable connections, ConnectionMover mover, TimeProvider time,
    ILogger<GracefulStop> logger)
    : IHostedService, IConfigureOptions<HostOptions>
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    public void Configure(HostOptions options) => options.ShutdownTimeout = live.Current.Options.Scale.ShutdownTimeout;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStopping.Register(() => _ = MoveAllAsync());
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task MoveAllAsync()
    {
        var scale = live.Current.Options.Scale;
        var open = connections.All.Count(IsCut);
        if (open == 0)
        {
            return;
        }

        // Two thirds of the time are for asking, the rest is for the clients to leave.
        var rate = Math.Max(scale.DrainRate, open / Math.Max(scale.ShutdownTimeout.TotalSeconds * 2 / 3, 0.1));
        Log.Moving(logger, open, (int)rate);
        var pacer = new Pacer(time, initial: 1);
        while (mover.Choose(IsCut) is { Count: > 0 } chosen)
        {
            while (chosen.Count > 0)
            {
                pacer.Spend(rate, due => mover.Move(chosen, due));
                await Task.Delay(Period, time);
            }
        }
    }

    // Whether a connection ends with this process. A client that polls again goes on at the next gateway.
    private static bool IsCut(Connection connection) =>
        connection.Phase is ConnectionPhase.Live && connection is not { Transport: Transport.LongPolling, Protocol.ResumesPolls: true };

    private static partial class Log
    {
        [LoggerMessage(
            1, LogLevel.Information, "Stopping: {Connections} connections are asked to come back elsewhere, {Rate} a second.", EventName = "StopMoving")]
        public static partial void Moving(ILogger logger, int connections, int rate);
    }
}
