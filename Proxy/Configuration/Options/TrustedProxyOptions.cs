namespace Proxy.Configuration;

/// <summary><c>Gateway:ForwardedHeaders</c>: the proxies in front of the gateway.</summary>
public sealed class TrustedProxyOptions
{
    /// <summary>Networks (CIDR) whose X-Forwarded-* headers are kept and appended to; those of other peers are dropped and
    /// replaced. Empty: no peer is trusted.</summary>
    /// <value>Such as <c>10.0.0.0/8</c> or <c>fd00::/8</c>; one address is <c>10.0.0.1/32</c>. A list that is given replaces the
    /// default one. Default: 127.0.0.0/8, ::1/128.</value>
    public IReadOnlyList<string> TrustedProxies { get; set; } = ["127.0.0.0/8", "::1/128"];
}
