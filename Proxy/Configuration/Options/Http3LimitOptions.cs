namespace Proxy.Configuration;

/// <summary><c>Kestrel:Limits:Http3</c>.</summary>
internal sealed class Http3LimitOptions
{
    /// <summary>The largest header field in bytes.</summary>
    /// <value>1 or more. Default: 32768.</value>
    [Limits(1, int.MaxValue, Consequence = "no request could be sent")]
    public int MaxRequestHeaderFieldSize { get; set; } = 32 * 1024;
}
