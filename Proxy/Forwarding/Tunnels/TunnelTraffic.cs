namespace Proxy.Forwarding.Tunnels;

/// <summary>What has passed through tunnels.</summary>
/// <param name="MessagesIn">Whole messages from clients.</param>
/// <param name="MessagesOut">Whole messages to clients.</param>
/// <param name="BytesIn">Bytes from clients, frames included.</param>
/// <param name="BytesOut">Bytes to clients.</param>
internal readonly record struct TunnelTraffic(long MessagesIn, long MessagesOut, long BytesIn, long BytesOut)
{
    public TunnelTraffic Plus(Tunnel tunnel) => new(
        MessagesIn + tunnel.Messages.FromClient, MessagesOut + tunnel.Messages.ToClient, BytesIn + tunnel.Bytes.FromClient, BytesOut + tunnel.Bytes.ToClient);
}
