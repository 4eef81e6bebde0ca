namespace Proxy.Configuration;

/// <summary><c>Gateway:ForwardedHeaders</c>.</summary>
public sealed class ForwardedHeadersOptions
{
    /// <summary>Networks (CIDR) whose X-Forwarded-* headers are kept and appended to; anyone else's are dropped and written anew. Empty: nobody's.</summary>
    public IReadOnlyList<string> TrustedProxies { get; set; } = ["127.0.0.0/8", "::1/128"];
}
