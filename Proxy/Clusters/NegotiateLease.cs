using System.Threading.RateLimiting;
using Proxy.Nodes;

namespace Proxy.Clusters;

/// <summary>A place among the connections that are being opened on a node, or the reason why there is none.</summary>
internal sealed class NegotiateLease : IDisposable
{
    private readonly NodeState? _state;
    private readonly RateLimitLease? _lease;
    private int _disposed;

    public NegotiateLease(NodeState state, RateLimitLease lease)
    {
        (_state, _lease) = (state, lease);
        state.AddOpening(1);
    }

    public NegotiateLease(GateAnswer answer)
    {
        Answer = answer;
    }

    public GateAnswer Answer { get; }

    /// <summary>Gives the place to the next one; may be called more than once.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _state?.AddOpening(-1);
            _lease?.Dispose();
        }
    }
}
