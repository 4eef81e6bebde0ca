using System.Threading.RateLimiting;
using Proxy.Nodes;

namespace Proxy.Clusters;

/// <summary>Governs the storm after a loss: so many connections are opened at once on each node, the rest wait in order, too many are refused.</summary>
/// <remarks>Fair: who came first is let in first, and nobody passes by those who wait.</remarks>
internal sealed class NegotiateGate(TimeProvider time)
{
    private int _waiting;

    /// <summary>Connections that wait to be opened, over all nodes.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Waits for a place.</summary>
    /// <param name="node">The node that the connection is to be opened on.</param>
    /// <param name="options">The limits.</param>
    /// <param name="cancellationToken">The client has gone.</param>
    /// <returns>A lease to dispose of when the node has answered, or why there is none.</returns>
    public ValueTask<NegotiateLease> EnterAsync(GatewayNode node, Configuration.NegotiateOptions options, CancellationToken cancellationToken)
    {
        var limiter = node.State.Negotiates(options.ConcurrencyPerNode);
        var lease = limiter.AttemptAcquire();
        return lease.IsAcquired ? new(new NegotiateLease(node.State, lease)) : WaitAsync(node.State, limiter, options, cancellationToken);
    }

    private async ValueTask<NegotiateLease> WaitAsync(
        NodeState state, ConcurrencyLimiter limiter, Configuration.NegotiateOptions options, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _waiting) > options.QueueLimit)
        {
            Interlocked.Decrement(ref _waiting);
            return new NegotiateLease(GateAnswer.Full);
        }

        // A node that goes out of service while somebody waits for it need not be waited for.
        var offline = state.Offline;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, offline);
        using var timer = time.CreateTimer(static source => ((CancellationTokenSource)source!).Cancel(), limit, options.QueueTimeout, Timeout.InfiniteTimeSpan);
        state.AddOpening(1);
        try
        {
            var lease = await limiter.AcquireAsync(cancellationToken: limit.Token);
            return offline.IsCancellationRequested ? Refuse(lease) : new NegotiateLease(state, lease);
        }
        catch (OperationCanceledException)
        {
            return new NegotiateLease(cancellationToken.IsCancellationRequested ? GateAnswer.ClientGone : offline.IsCancellationRequested ? GateAnswer.NodeGone : GateAnswer.Full);
        }
        finally
        {
            state.AddOpening(-1);
            Interlocked.Decrement(ref _waiting);
        }
    }

    private static NegotiateLease Refuse(RateLimitLease lease)
    {
        lease.Dispose();
        return new NegotiateLease(GateAnswer.NodeGone);
    }
}
