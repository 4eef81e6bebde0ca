using System.Runtime.CompilerServices;
using System.Threading.RateLimiting;
using Proxy.Configuration;
using Proxy.Nodes;

namespace Proxy.Clusters;

/// <summary>Limits how many connections are opened on a node at once, as in the storm after the loss of another: the rest wait in order, and too many are
/// refused.</summary>
/// <remarks>The queue is first in, first out, and no request passes by those that wait.</remarks>
internal sealed class NegotiateGate(TimeProvider time)
{
    private readonly ConditionalWeakTable<NodeState, Places> _places = [];
    private int _waiting;

    /// <summary>Connections that wait to be opened, over all nodes.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Waits for a place.</summary>
    /// <param name="node">The node that the connection is to be opened on.</param>
    /// <param name="options">The limits.</param>
    /// <param name="cancellationToken">The client has gone.</param>
    /// <returns>A lease to dispose of when the node has answered, or why there is none.</returns>
    public ValueTask<NegotiateLease> EnterAsync(GatewayNode node, NegotiationOptions options, CancellationToken cancellationToken)
    {
        var limiter = _places.GetOrCreateValue(node.State).For(options.ConcurrencyPerNode);
        var lease = limiter.AttemptAcquire();
        return lease.IsAcquired ? new(new NegotiateLease(node.State, lease)) : WaitAsync(node.State, limiter, options, cancellationToken);
    }

    private async ValueTask<NegotiateLease> WaitAsync(
        NodeState state, ConcurrencyLimiter limiter, NegotiationOptions options, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _waiting) > options.QueueLimit)
        {
            Interlocked.Decrement(ref _waiting);
            return new NegotiateLease(GateAnswer.Full);
        }

        // A request need not wait for a node that goes out of service meanwhile.
        var offline = state.Offline.Token;
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
            return new NegotiateLease(
                cancellationToken.IsCancellationRequested ? GateAnswer.ClientGone : offline.IsCancellationRequested ? GateAnswer.NodeGone : GateAnswer.Full);
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

    /// <summary>The limiter of one node.</summary>
    private sealed class Places
    {
        private readonly Lock _gate = new();
        private volatile Tuple<int, ConcurrencyLimiter>? _limiter;

        /// <summary>The limiter for this number of connections at once; another number makes another limiter.</summary>
        public ConcurrencyLimiter For(int permits)
        {
            if (_limiter is { } current && current.Item1 == permits)
            {
                return current.Item2;
            }

            lock (_gate)
            {
                if (_limiter is { } made && made.Item1 == permits)
                {
                    return made.Item2; // two limiters would let twice as many through
                }

                // Leases of the former limiter go back to it; only the limit is new.
                var limiter = new ConcurrencyLimiter(new ConcurrencyLimiterOptions
                {
                    PermitLimit = permits,
                    QueueLimit = int.MaxValue,
                    QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
                });
                _limiter = Tuple.Create(permits, limiter);
                return limiter;
            }
        }
    }
}
