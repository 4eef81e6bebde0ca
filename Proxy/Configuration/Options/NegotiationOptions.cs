namespace Proxy.Configuration;

/// <summary><c>Gateway:Negotiate</c>: the request that opens a connection.</summary>
public sealed class NegotiationOptions
{
    /// <summary>Whether negotiates are answered with the address of the chosen node (<see cref="NodeOptions.PublicUrl"/>), so that clients talk to the node
    /// directly.</summary>
    /// <value>Default: false.</value>
    /// <remarks>For clients of ASP.NET Core SignalR, which follow such answers as they do with the Azure SignalR Service. Others go through the
    /// gateway.</remarks>
    public bool Redirect { get; set; }

    /// <summary>The access token that redirected clients show to the node, in place of their own. Without it clients keep their own.</summary>
    /// <value>Letters, digits and <c>-._~+/=</c> (RFC 6750, section 2.1). Default: none.</value>
    [Secret]
    public string? AccessToken { get; set; }

    /// <summary>Total time of a negotiate, all tries included; then it gets 504.</summary>
    /// <value>00:00:01 to 00:05:00. Default: 00:00:15.</value>
    [Limits("00:00:01", "00:05:00", Consequence = "shorter leaves no time for a second node, longer outlasts the client's patience")]
    public TimeSpan Deadline { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>The largest answer, in bytes, that is read for its id; a larger one is relayed untouched.</summary>
    /// <value>1024 to 1048576. Default: 65536.</value>
    /// <remarks>An answer of ASP.NET Core has 273 to 344 bytes (measured, .NET 10).</remarks>
    [Limits(1024, 1_048_576, Consequence = "a smaller one misses ids, a larger one is buffered per negotiate")]
    public int MaxBodyBytes { get; set; } = 65_536;

    /// <summary>Negotiates in flight per node; further ones wait.</summary>
    /// <value>1 to 100000. Default: 256.</value>
    [Limits(1, 100_000, Consequence = "with 0 no connection could be opened")]
    public int ConcurrencyPerNode { get; set; } = 256;

    /// <summary>Negotiates that wait at most, for all nodes together; further ones get 503.</summary>
    /// <value>0 to 1000000. Default: 10000.</value>
    [Limits(0, 1_000_000, Consequence = "more do not fit into memory")]
    [WholeGateway]
    public int QueueLimit { get; set; } = 10_000;

    /// <summary>How long a negotiate waits for its turn; then it gets 503.</summary>
    /// <value>00:00:00 to 00:05:00. Default: 00:00:10.</value>
    [Limits("00:00:00", "00:05:00", Consequence = "longer outlasts the client's patience")]
    public TimeSpan QueueTimeout { get; set; } = TimeSpan.FromSeconds(10);
}
