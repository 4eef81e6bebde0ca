namespace Proxy.Configuration;

/// <summary><c>Gateway:ForwardedHeaders</c>.</summary>
public sealed class ForwardedHeadersOptions
{
    /// <summary>Networks (CIDR) whose X-Forwarded-* headers are kept and appended to; anyone else's are dropped and written anew. Empty: nobody's.</summary>
    /// <value>Such as <c>10.0.0.0/8</c> or <c>fd00::/8</c>; one address is <c>10.0.0.1/32</c>. A list that is given replaces the default one.</value>
    public IReadOnlyList<string> TrustedProxies { get; set; } = ["127.0.0.0/8", "::1/128"];
}
