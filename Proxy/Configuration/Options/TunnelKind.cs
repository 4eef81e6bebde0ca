namespace Proxy.Configuration;

/// <summary>How a WebSocket's bytes are carried once it is open.</summary>
[LowerCaseNames]
public enum TunnelKind
{
    /// <summary>The fastest that the connection allows.</summary>
    Auto,

    /// <summary>Socket to socket, beside Kestrel.</summary>
    Handoff,

    /// <summary>Stream to stream, through Kestrel.</summary>
    Stream,

    /// <summary>YARP's own copying.</summary>
    Yarp,
}
