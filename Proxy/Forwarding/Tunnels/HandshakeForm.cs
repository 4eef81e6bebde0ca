namespace Proxy.Forwarding.Tunnels;

/// <summary>How a node is asked for a WebSocket.</summary>
internal enum HandshakeForm
{
    /// <summary>An HTTP/1.1 GET with <c>Upgrade</c> (RFC 6455), answered with 101.</summary>
    Upgrade,

    /// <summary>An HTTP/2 CONNECT with <c>:protocol</c> (RFC 8441), answered with 200.</summary>
    Connect,

    /// <summary>A CONNECT; a GET on another connection where the node's TLS or its HTTP/2 settings do not allow the CONNECT.</summary>
    ConnectElseUpgrade,
}
