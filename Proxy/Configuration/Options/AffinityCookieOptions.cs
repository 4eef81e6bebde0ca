namespace Proxy.Configuration;

/// <summary><c>Gateway:Affinity:Cookie</c>: the cookie that prefers a node for requests without an id.</summary>
public sealed class AffinityCookieOptions
{
    internal const string DefaultName = "srv_id";

    /// <summary>Whether the cookie is set and read.</summary>
    /// <value>Default: true.</value>
    public bool Enabled { get; set; } = true;

    /// <summary>The cookie's name. Two clusters whose cookies a browser would hold under one name overwrite each other's, which is an error.</summary>
    /// <value>A token (RFC 6265, section 4.1.1): letters, digits and <c>!#$%&amp;'*+-.^_`|~</c>. The prefixes <c>__Host-</c> and <c>__Secure-</c>
    /// ask for what browsers ask for. Without a value the name is <c>srv_id</c> for <c>Gateway:Nodes</c>, and <c>srv_id_</c> with the cluster's name for a
    /// cluster of YARP's configuration. Default: none.</value>
    public string? Name { get; set; }

    /// <summary><c>session</c>, <c>max</c> (31 Dec 2037, as nginx's <c>expires=max</c>) or a duration, counted from each answer.</summary>
    /// <value>As a duration 00:00:01 to 3650.00:00:00. Default: session.</value>
    public string Expires { get; set; } = "session";

    /// <summary>The Domain attribute; <see langword="null"/> leaves it out, so that only the host that set the cookie gets it back.</summary>
    /// <value>Default: none.</value>
    public string? Domain { get; set; }

    /// <summary>The Path attribute; begins with <c>/</c>.</summary>
    /// <value>Default: /.</value>
    public string Path { get; set; } = "/";

    /// <summary>Whether scripts are kept from reading the cookie.</summary>
    /// <value>Default: true.</value>
    public bool HttpOnly { get; set; } = true;

    /// <summary>When the cookie gets the Secure attribute.</summary>
    /// <value>Default: SameAsRequest.</value>
    public CookieSecure SecurePolicy { get; set; } = CookieSecure.SameAsRequest;

    /// <summary>The SameSite attribute. <see cref="CookieSameSite.None"/> needs Secure.</summary>
    /// <value>Default: Lax.</value>
    public CookieSameSite SameSite { get; set; } = CookieSameSite.Lax;

    /// <summary>The Partitioned attribute: one cookie per embedding site. Needs Secure.</summary>
    /// <value>Default: false.</value>
    public bool Partitioned { get; set; }

    /// <summary>The name of a cluster's cookie. Each cluster has its own by default, so that clients of several clusters keep a node in each.</summary>
    internal string NameFor(string clusterId) => Name ?? (clusterId == GatewayRoutes.Id ? DefaultName : $"{DefaultName}_{Tokens.ToToken(clusterId)}");
}
