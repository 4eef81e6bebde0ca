using System.Collections.Concurrent;
using Proxy.Decisions;

namespace Proxy.Forwarding.Tunnels;

/// <summary>The open tunnels; ends the idle ones.</summary>
internal sealed class TunnelRegistry(TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<Tunnel, TimeSpan> _open = new();
    private readonly Lock _gate = new();
    private TunnelTraffic _ended;
    private volatile TaskCompletionSource? _allEnded;

    public void Add(Tunnel tunnel, TimeSpan idleLimit) => _open[tunnel] = idleLimit;

    public int Count => _open.Count;

    public void Remove(Tunnel tunnel)
    {
        lock (_gate)
        {
            if (_open.TryRemove(tunnel, out _))
            {
                _ended = _ended.Plus(tunnel);
            }
        }

        if (_open.IsEmpty)
        {
            _allEnded?.TrySetResult();
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

    /// <summary>Waits for the tunnels to end, as the server does for its requests; what is still open at the end of the stop's time is cut off.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _allEnded = new TaskCompletionSource();
        if (!_open.IsEmpty)
        {
            try
            {
                await _allEnded.Task.WaitAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                foreach (var tunnel in _open.Keys)
                {
                    tunnel.Abort(TunnelEnd.Moved);
                }
            }
        }

        await base.StopAsync(cancellationToken);
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
                    if (tunnel.Idle >= (tunnel.IsHalfClosed && limit > Tunnel.HalfClosedLimit ? Tunnel.HalfClosedLimit : limit))
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
