namespace Proxy.Outcomes;

/// <summary>Why a request went where it went, or was refused. One list for headers, logs, metrics, diagnostics and docs/troubleshooting.md.</summary>
public enum Outcome
{
    /// <summary>The tag in its connection token named the owner.</summary>
    Tag,

    /// <summary>The id was learned from the owner's answer.</summary>
    Store,

    /// <summary>The nodes were asked who owns the id.</summary>
    Probe,

    /// <summary>The affinity cookie named the node.</summary>
    Cookie,

    /// <summary>The hash of the client's address named the node.</summary>
    ClientIp,

    /// <summary>The router picked the node.</summary>
    Router,

    /// <summary>404: a well-formed tag that no node and key gives.</summary>
    BadTag,

    /// <summary>404: an id on a hub's path that nobody here knows.</summary>
    UnknownId,

    /// <summary>404: the owner has left.</summary>
    OwnerRemoved,

    /// <summary>404: the owner's process was started anew and has forgotten its connections.</summary>
    OwnerRestarted,

    /// <summary>502, or 504 when it was time that ran out: the node could not be talked to.</summary>
    OwnerUnreachable,

    /// <summary>503: no node takes new connections.</summary>
    NoNodeOnline,

    /// <summary>503: every node that takes new connections is full.</summary>
    OverCapacity,

    /// <summary>503: too many negotiates are waiting already.</summary>
    StormQueueFull,

    /// <summary>400: the request must not be forwarded.</summary>
    BadRequest,
}
