namespace Proxy.Configuration;

/// <summary><c>Kestrel:Limits</c>. Where a default is not Kestrel's own, it is what the users of a proxy expect.</summary>
internal sealed class KestrelLimitOptions
{
    private const string LosesClients = "less would refuse ordinary requests";

    /// <summary>The largest request body in bytes; a larger one gets 413. By default the nodes decide.</summary>
    /// <value>0 or more. Default: none.</value>
    [Limits(0, long.MaxValue, Consequence = "no body has fewer bytes than none")]
    public long? MaxRequestBodySize { get; set; }

    /// <summary>How long a connection without a request is kept. The default is above the 600 s for which Google's load balancer keeps its own.</summary>
    /// <value>00:00:01 to 1.00:00:00. Default: 00:10:20.</value>
    [Limits("00:00:01", "1.00:00:00", Consequence = "shorter breaks requests that a proxy in front sends on a kept connection")]
    public TimeSpan KeepAliveTimeout { get; set; } = TimeSpan.FromSeconds(620);

    /// <summary>Within which time the head of a request has to be there.</summary>
    /// <value>00:00:01 to 1.00:00:00. Default: 00:00:15.</value>
    [Limits("00:00:01", "1.00:00:00", Consequence = "shorter refuses slow clients, longer keeps those that send nothing")]
    public TimeSpan RequestHeadersTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>TCP connections of one listener at most; more are closed at once. An open WebSocket is not among them.</summary>
    /// <value>1 or more. Default: none.</value>
    [NeedsRestart]
    [Limits(1, long.MaxValue, Consequence = "nobody could connect")]
    public long? MaxConcurrentConnections { get; set; }

    /// <summary>WebSockets at most, those that are handed off included; more get 503.</summary>
    /// <value>0 or more. Default: none.</value>
    [Limits(0, long.MaxValue, Consequence = "there cannot be fewer WebSockets than none")]
    public long? MaxConcurrentUpgradedConnections { get; set; }

    /// <summary>The first line of a request in bytes. SignalR in a browser carries its access token in the query of WebSockets and event streams.</summary>
    /// <value>1024 or more. Default: 16384.</value>
    [Limits(1024, int.MaxValue, Consequence = LosesClients)]
    public int MaxRequestLineSize { get; set; } = 16 * 1024;

    /// <summary>All header fields of a request in bytes.</summary>
    /// <value>1024 or more. Default: 32768.</value>
    [Limits(1024, int.MaxValue, Consequence = LosesClients)]
    public int MaxRequestHeadersTotalSize { get; set; } = 32 * 1024;

    /// <summary>Header fields of a request.</summary>
    /// <value>10 or more. Default: 100.</value>
    [Limits(10, int.MaxValue, Consequence = LosesClients)]
    public int MaxRequestHeaderCount { get; set; } = 100;

    /// <summary>Bytes of a client that are kept unread, for sockets that are .NET's own; event loops read no more than they can pass on.</summary>
    /// <value>1024 or more. Default: 1048576.</value>
    [NeedsRestart]
    [Limits(1024, long.MaxValue, Consequence = LosesClients)]
    public long? MaxRequestBufferSize { get; set; } = 1024 * 1024;

    /// <summary>Bytes for a client that are kept unsent, for sockets that are .NET's own; event loops take no more than they can send.</summary>
    /// <value>0 or more. Default: 65536.</value>
    [NeedsRestart]
    [Limits(0, long.MaxValue, Consequence = "no fewer bytes than none can be kept")]
    public long? MaxResponseBufferSize { get; set; } = 64 * 1024;

    /// <summary>How fast a request body has to come; off by default, because <c>Gateway:Timeouts</c> limit the time without any byte.</summary>
    public RequestRateOptions MinRequestBodyDataRate { get; set; } = new();

    /// <summary>How fast a response has to be taken, while there is something to send.</summary>
    public ResponseRateOptions MinResponseDataRate { get; set; } = new();

    /// <summary>What is HTTP/2's own.</summary>
    public Http2LimitOptions Http2 { get; set; } = new();

    /// <summary>What is HTTP/3's own.</summary>
    public Http3LimitOptions Http3 { get; set; } = new();
}
