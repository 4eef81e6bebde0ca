namespace Proxy.Connections;

/// <summary>Where a logical connection stands.</summary>
internal enum ConnectionPhase
{
    /// <summary>It has an id; nothing has used it yet.</summary>
    Negotiated,

    /// <summary>Its transport is in use.</summary>
    Live,

    /// <summary>Its WebSocket has ended; a stateful reconnect may still come with the same id.</summary>
    Lingering,

    /// <summary>Gone.</summary>
    Ended,
}
