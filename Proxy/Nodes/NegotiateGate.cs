using System.Threading.RateLimiting;

namespace Proxy.Nodes;

/// <summary>Governs the storm after a loss: so many connections are opened at once on each node, the rest wait in order, too many are refused.</summary>
internal sealed class NegotiateGate(TimeProvider time)
{
    private int _waiting;

    /// <summary>Connections that wait to be opened, over all nodes.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Waits for a place.</summary>
    /// <param name="node">The node that the connection is to be opened on.</param>
    /// <param name="options">The limits.</param>
    /// <param name="cancellationToken">The client has gone.</param>
    /// <returns>A lease to dispose of when the node has answered; <see langword="null"/>: too many wait, or the wait was too long.</returns>
    public ValueTask<RateLimitLease?> EnterAsync(GatewayNode node, Configuration.NegotiateOptions options, CancellationToken cancellationToken)
    {
        var limiter = node.State.Negotiates(options.ConcurrencyPerNode);
        var lease = limiter.AttemptAcquire();
        return lease.IsAcquired ? new(lease) : WaitAsync(limiter, options, cancellationToken);
    }

    private async ValueTask<RateLimitLease?> WaitAsync(ConcurrencyLimiter limiter, Configuration.NegotiateOptions options, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _waiting) > options.QueueLimit)
        {
            Interlocked.Decrement(ref _waiting);
            return null;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var timer = time.CreateTimer(static source => ((CancellationTokenSource)source!).Cancel(), limit, options.QueueTimeout, Timeout.InfiniteTimeSpan);
        try
        {
            var lease = await limiter.AcquireAsync(cancellationToken: limit.Token);
            return lease.IsAcquired ? lease : null;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }
}
