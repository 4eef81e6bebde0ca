namespace Proxy.Configuration;

/// <summary>When the affinity cookie gets the Secure attribute.</summary>
public enum CookieSecure
{
    /// <summary>When the client came by https.</summary>
    SameAsRequest,

    /// <summary>Always.</summary>
    Always,

    /// <summary>Never.</summary>
    None,
}
