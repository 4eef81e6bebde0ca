namespace Proxy.Configuration;

/// <summary><c>Kestrel:Limits:Http2</c>; each applies to connections that are opened afterwards.</summary>
internal sealed class Http2LimitOptions
{
    private const string Protocol = "HTTP/2 itself sets these limits (RFC 9113, 6.5.2)";

    /// <summary>Requests at a time on one connection.</summary>
    /// <value>1 or more. Default: 100.</value>
    [Limits(1, int.MaxValue, Consequence = "no request could be sent")]
    public int MaxStreamsPerConnection { get; set; } = 100;

    /// <summary>The table for compressed headers in bytes.</summary>
    /// <value>0 or more. Default: 4096.</value>
    [Limits(0, int.MaxValue, Consequence = Protocol)]
    public int HeaderTableSize { get; set; } = 4096;

    /// <summary>The largest frame in bytes.</summary>
    /// <value>16384 to 16777215. Default: 16384.</value>
    [Limits(16384, 16777215, Consequence = Protocol)]
    public int MaxFrameSize { get; set; } = 16 * 1024;

    /// <summary>The largest header field in bytes.</summary>
    /// <value>1 or more. Default: 32768.</value>
    [Limits(1, int.MaxValue, Consequence = "no request could be sent")]
    public int MaxRequestHeaderFieldSize { get; set; } = 32 * 1024;

    /// <summary>Bytes of all request bodies of a connection that may be on their way.</summary>
    /// <value>65535 or more. Default: 1048576.</value>
    [Limits(65535, int.MaxValue, Consequence = Protocol)]
    public int InitialConnectionWindowSize { get; set; } = 1024 * 1024;

    /// <summary>Bytes of one request body that may be on their way.</summary>
    /// <value>65535 or more. Default: 786432.</value>
    [Limits(65535, int.MaxValue, Consequence = Protocol)]
    public int InitialStreamWindowSize { get; set; } = 768 * 1024;

    /// <summary>Silence after which the client is pinged. Half-open clients would keep their tunnels for ever.</summary>
    /// <value>00:00:01 to 1.00:00:00. Default: 00:00:30.</value>
    [Limits("00:00:01", "1.00:00:00", Consequence = "Kestrel takes nothing shorter, and longer finds a dead client too late")]
    public TimeSpan KeepAlivePingDelay { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the answer to a ping may take.</summary>
    /// <value>00:00:01 to 1.00:00:00. Default: 00:00:20.</value>
    [Limits("00:00:01", "1.00:00:00", Consequence = "Kestrel takes nothing shorter, and longer finds a dead client too late")]
    public TimeSpan KeepAlivePingTimeout { get; set; } = TimeSpan.FromSeconds(20);
}
