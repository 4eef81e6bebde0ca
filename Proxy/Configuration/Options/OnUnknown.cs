namespace Proxy.Configuration;

/// <summary>What happens to an id that neither its tag nor the store resolves.</summary>
public enum OnUnknown
{
    /// <summary>404 at once; SignalR clients negotiate again.</summary>
    NotFound,

    /// <summary>The nodes are asked, one request each, before the 404.</summary>
    Probe,
}
