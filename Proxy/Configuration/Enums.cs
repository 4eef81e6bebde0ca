namespace Proxy.Configuration;

/// <summary>Primary or secondary, as in Azure SignalR's multi-endpoint configuration.</summary>
public enum EndpointType { Primary, Secondary }

/// <summary>Protocol between the gateway and a node.</summary>
public enum NodeProtocol { Http1, Http2 }

/// <summary>What is asked to find the node of a request, in this order; the table is in docs/configuration.md.</summary>
public enum AffinityMode { Auto, Tag, Learn, Cookie, ClientIp, None }

/// <summary>Where learned ids are kept.</summary>
public enum StoreKind { Memory, Redis }

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

/// <summary>What happens to an id that neither its tag nor the store resolves.</summary>
public enum OnUnknown
{
    /// <summary>404 at once; SignalR clients negotiate again.</summary>
    NotFound,

    /// <summary>The nodes are asked, one request each, before the 404.</summary>
    Probe,
}

/// <summary>What a router that reads the node's name from the request does when the request names none.</summary>
public enum RouterMiss { Fallback, BadRequest }

/// <summary>How a WebSocket's bytes are carried once it is open.</summary>
public enum TunnelKind { Auto, Handoff, Stream, Yarp }

/// <summary>What becomes of the connections of a draining node.</summary>
public enum DrainMode
{
    /// <summary>They end by themselves.</summary>
    Wait,

    /// <summary>They are moved at the deadline, at a paced rate.</summary>
    WaitThenClose,

    /// <summary>They are closed at once.</summary>
    Cut,
}

/// <summary>How a node's health is asked.</summary>
public enum ProbeKind { Http, Tcp, Signalr, None }

/// <summary>When the affinity cookie gets the Secure attribute.</summary>
public enum CookieSecure { SameAsRequest, Always, None }

/// <summary>The affinity cookie's SameSite attribute; Unspecified leaves it out.</summary>
public enum CookieSameSite { Lax, Strict, None, Unspecified }
