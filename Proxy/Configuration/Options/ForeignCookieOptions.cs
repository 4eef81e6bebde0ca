namespace Proxy.Configuration;

/// <summary>One of <c>Gateway:Affinity:Foreign</c>: a cookie by which another proxy has kept clients on the same nodes.</summary>
public sealed class ForeignCookieOptions
{
    /// <summary>The proxy that has set the cookie.</summary>
    /// <value>It has to be given. Default: none.</value>
    public ForeignCookieKind? Kind { get; set; }

    /// <summary>The cookie's name, compared with case.</summary>
    /// <value>A token (RFC 6265, section 4.1.1); it has to be given. Default: none.</value>
    public string? Cookie { get; set; }

    /// <summary>HAProxy's <c>dynamic-cookie-key</c>.</summary>
    /// <value>A text (UTF-8); has to be given with the kind <c>haproxy-dynamic</c>, and with no other. Default: none.</value>
    [Secret]
    public string? Key { get; set; }
}
