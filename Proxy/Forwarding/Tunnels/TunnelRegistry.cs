using System.Collections.Concurrent;

namespace Proxy.Forwarding.Tunnels;

/// <summary>The open tunnels; ends the idle ones.</summary>
internal sealed class TunnelRegistry(TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<StreamTunnel, TimeSpan> _open = new();
    private readonly Lock _gate = new();
    private TunnelTraffic _ended;

    public void Add(StreamTunnel tunnel, TimeSpan idleLimit) => _open[tunnel] = idleLimit;

    public int Count => _open.Count;

    public void Remove(StreamTunnel tunnel)
    {
        lock (_gate)
        {
            if (_open.TryRemove(tunnel, out _))
            {
                _ended = _ended.Plus(tunnel);
            }
        }
    }

    /// <summary>What has passed through all tunnels, ended and open; never less than before.</summary>
    public TunnelTraffic Read()
    {
        lock (_gate) // a tunnel must not be counted twice, or not at all, while it ends
        {
            return _open.Aggregate(_ended, static (sum, pair) => sum.Plus(pair.Key));
        }
    }

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
