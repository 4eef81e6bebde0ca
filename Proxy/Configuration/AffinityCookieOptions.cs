namespace Proxy.Configuration;

/// <summary><c>Gateway:Affinity:Cookie</c>: the cookie that prefers a node for requests without an id.</summary>
public sealed class AffinityCookieOptions
{
    public bool Enabled { get; set; } = true;

    /// <summary>A cookie name (RFC 6265 token).</summary>
    public string Name { get; set; } = "srv_id";

    /// <summary><c>session</c>, <c>max</c> (31 Dec 2037, as nginx's <c>expires=max</c>) or a duration, counted from each answer.</summary>
    public string Expires { get; set; } = "session";

    public string? Domain { get; set; }

    public string Path { get; set; } = "/";

    public bool HttpOnly { get; set; } = true;

    public CookieSecure SecurePolicy { get; set; } = CookieSecure.SameAsRequest;

    public CookieSameSite SameSite { get; set; } = CookieSameSite.Lax;

    public bool Partitioned { get; set; }
}
