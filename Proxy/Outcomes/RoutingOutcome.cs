namespace Proxy.Outcomes;

/// <summary>Why a request went where it went, or was refused. <see cref="OutcomeTable"/> says what each value is called and what is answered.</summary>
public enum RoutingOutcome
{
    /// <summary>The tag in its connection token named the owner.</summary>
    Tag,

    /// <summary>The id was learned from the owner's answer.</summary>
    Store,

    /// <summary>The nodes were asked which of them owns the id.</summary>
    Probe,

    /// <summary>The affinity cookie named the node.</summary>
    Cookie,

    /// <summary>The cookie of another proxy named the node.</summary>
    ForeignCookie,

    /// <summary>The client's connection has a connection of its own to the node.</summary>
    PrivateConnection,

    /// <summary>The hash of the client's address named the node.</summary>
    ClientIp,

    /// <summary>The router picked the node.</summary>
    Router,

    /// <summary>No node and no key gives the well-formed tag of the id.</summary>
    BadTag,

    /// <summary>The id is on a hub's path, and this gateway does not know it.</summary>
    UnknownId,

    /// <summary>The owner has left the cluster.</summary>
    OwnerRemoved,

    /// <summary>The owner's process was started again and has forgotten its connections.</summary>
    OwnerRestarted,

    /// <summary>The node could not be talked to, or did not answer in time.</summary>
    OwnerUnreachable,

    /// <summary>No node takes new connections.</summary>
    NoNodeOnline,

    /// <summary>Every node that takes new connections is full, or the store of learned ids is.</summary>
    OverCapacity,

    /// <summary>Too many negotiates are waiting already.</summary>
    StormQueueFull,

    /// <summary>As many WebSockets are open as there may be.</summary>
    TooManyWebSockets,

    /// <summary>The request must not be forwarded.</summary>
    BadRequest,

    /// <summary>Client and node want authentication that belongs to a connection, and one of them is spoken to in a way that cannot carry it.</summary>
    ConnectionBasedAuth,
}
