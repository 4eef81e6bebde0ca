namespace Proxy.Requests;

/// <summary>What a request is to the gateway.</summary>
internal enum RequestKind
{
    /// <summary>None of the others: pages, APIs, Blazor's start-up files.</summary>
    Other,

    /// <summary>CORS preflight. It carries no cookie, but may carry the id.</summary>
    Preflight,

    /// <summary>Opens a connection and gets an id: SignalR's negotiate, Engine.IO's first poll.</summary>
    Negotiate,

    /// <summary>Carries an id parameter that may name a connection.</summary>
    HasId,

    /// <summary>A WebSocket handshake without an id: it opens a connection that no other request will name.</summary>
    WebSocket,
}
