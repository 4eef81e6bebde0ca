namespace Proxy.Configuration;

/// <summary>Whether a new connection of a client that has our cookie goes back to the node that the cookie names.</summary>
public enum Reattach
{
    /// <summary>The cookie is not asked.</summary>
    Disabled,

    /// <summary>That node if it takes new connections, else another.</summary>
    Preferred,

    /// <summary>That node, or 503 while it takes none.</summary>
    Required,
}
