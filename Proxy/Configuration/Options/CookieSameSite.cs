namespace Proxy.Configuration;

/// <summary>The affinity cookie's SameSite attribute.</summary>
public enum CookieSameSite
{
    /// <summary>Not sent with requests that other sites start, except when the user follows a link.</summary>
    Lax,

    /// <summary>Not sent with any request that another site starts.</summary>
    Strict,

    /// <summary>Sent always; browsers then ask for Secure.</summary>
    None,

    /// <summary>The attribute is left out.</summary>
    Unspecified,
}
