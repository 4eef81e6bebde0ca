using Proxy.Configuration;

namespace Proxy.Forwarding.Tunnels;

/// <summary>Counts WebSockets from their handshake on, and keeps them below <c>Kestrel:Limits:MaxConcurrentUpgradedConnections</c>.</summary>
/// <remarks>Kestrel's own count ends with the connection that Kestrel knows, which for a WebSocket that was handed off is before it has begun.</remarks>
internal sealed class UpgradeLimit(LiveConfiguration live)
{
    private long _count;

    /// <summary>WebSockets that are open or being opened.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>Counts one more, unless there are as many as there may be.</summary>
    public bool TryEnter()
    {
        var limit = live.Current.Kestrel.Limits.MaxConcurrentUpgradedConnections;
        if (Interlocked.Increment(ref _count) <= (limit ?? long.MaxValue))
        {
            return true;
        }

        Leave();
        return false;
    }

    /// <summary>One that was counted has ended.</summary>
    public void Leave() => Interlocked.Decrement(ref _count);
}
