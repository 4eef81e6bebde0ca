namespace Proxy.Decisions;

/// <summary>Why a tunnel or an event stream ended.</summary>
internal enum TunnelEnd
{
    /// <summary>The client closed its side.</summary>
    Client,

    /// <summary>The node closed its side.</summary>
    Node,

    /// <summary>The client's connection broke.</summary>
    ClientError,

    /// <summary>The node's connection broke.</summary>
    NodeError,

    /// <summary>Nothing passed for longer than the limit.</summary>
    Idle,

    /// <summary>The gateway moved the connection.</summary>
    Moved,
}
