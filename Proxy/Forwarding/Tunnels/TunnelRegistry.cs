using System.Collections.Concurrent;

namespace Proxy.Forwarding.Tunnels;

/// <summary>The open tunnels; ends the idle ones.</summary>
internal sealed class TunnelRegistry(TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<StreamTunnel, TimeSpan> _open = new();

    public void Add(StreamTunnel tunnel, TimeSpan idleLimit) => _open[tunnel] = idleLimit;

    public void Remove(StreamTunnel tunnel) => _open.TryRemove(tunnel, out _);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                foreach (var (tunnel, limit) in _open)
                {
                    if (tunnel.Idle >= limit)
                    {
                        tunnel.Abort(TunnelEnd.Idle);
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }
}
