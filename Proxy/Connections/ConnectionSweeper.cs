namespace Proxy.Connections;

/// <summary>Sweeps the table once a second.</summary>
internal sealed class ConnectionSweeper(ConnectionTable connections, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                connections.Sweep();
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }
}
