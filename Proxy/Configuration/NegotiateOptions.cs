namespace Proxy.Configuration;

/// <summary><c>Gateway:Negotiate</c>: limits of the request that opens a connection.</summary>
public sealed class NegotiateOptions
{
    /// <summary>Total time of a negotiate, all tries included; then 504. 1 s to 5 min.</summary>
    public TimeSpan Deadline { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>The largest answer that is read for its id; a larger one is relayed untouched. 1 KiB to 1 MiB.</summary>
    public int MaxBodyBytes { get; set; } = 65_536;

    /// <summary>Negotiates in flight per node; more wait. 1 to 100,000.</summary>
    public int ConcurrencyPerNode { get; set; } = 256;

    /// <summary>Negotiates that wait at most, for all nodes; more get 503. 0 to 1,000,000.</summary>
    public int QueueLimit { get; set; } = 10_000;

    /// <summary>The longest wait; then 503. 0 s to 5 min.</summary>
    public TimeSpan QueueTimeout { get; set; } = TimeSpan.FromSeconds(10);
}
