namespace Proxy.Configuration;

/// <summary><c>Gateway:Negotiate</c>: limits of the request that opens a connection.</summary>
public sealed class NegotiateOptions
{
    /// <summary>Total time of a negotiate, all tries included; then 504. 1 s to 5 min.</summary>
    [Limits("00:00:01", "00:05:00", Consequence = "shorter leaves no time for a second node, longer outlasts the client's patience")]
    public TimeSpan Deadline { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>The largest answer, in bytes, that is read for its id; a larger one is relayed untouched. 1 KiB to 1 MiB.</summary>
    /// <remarks>An answer of ASP.NET Core has 273 to 344 bytes (measured, .NET 10).</remarks>
    [Limits(1024, 1_048_576, Consequence = "a smaller one misses ids, a larger one is buffered per negotiate")]
    public int MaxBodyBytes { get; set; } = 65_536;

    /// <summary>Negotiates in flight per node; more wait. 1 to 100,000.</summary>
    [Limits(1, 100_000, Consequence = "with 0 no connection could be opened")]
    public int ConcurrencyPerNode { get; set; } = 256;

    /// <summary>Negotiates that wait at most, for all nodes; more get 503. 0 to 1,000,000.</summary>
    [Limits(0, 1_000_000, Consequence = "more do not fit into memory")]
    [WholeGateway]
    public int QueueLimit { get; set; } = 10_000;

    /// <summary>The longest wait; then 503. 0 s to 5 min.</summary>
    [Limits("00:00:00", "00:05:00", Consequence = "longer outlasts the client's patience")]
    public TimeSpan QueueTimeout { get; set; } = TimeSpan.FromSeconds(10);
}
