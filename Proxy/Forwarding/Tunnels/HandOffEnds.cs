using Proxy.Connections;
using Proxy.Decisions;
using Proxy.Requests;


namespace Proxy.Forwarding.Tunnels;

/// <summary>What a request does when its tunnel has ended, for tunnels that outlive their request.</summary>
internal sealed partial class HandOffEnds(TunnelRegistry tunnels, ConnectionTable connections, ILogger<HandOffEnds> logger)
{
    public void Ended(Tunnel tunnel, TunnelEnd end, Connection? connection)
    {
        tunnels.Remove(tunnel);
        if (connection is not null)
        {
            connections.RequestEnded(connection, Transport.WebSockets, isGone: false, isGoneIfLast: false);
        }

        Log.TunnelEnded(logger, tunnel.State.Name, end, tunnel.Messages.FromClient, tunnel.Messages.ToClient);
        if (end is TunnelEnd.NodeError || (end is TunnelEnd.Node && !tunnel.HasNodeClosed))
        {
            tunnel.State.ProbeSoon(); // a node that dies breaks its tunnels before the next probe is due
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "Tunnel to node '{NodeName}' ended ({End}): {FromClient} messages from the client, {ToClient} to it.", EventName = "TunnelEnded")]
        public static partial void TunnelEnded(ILogger logger, string nodeName, TunnelEnd end, long fromClient, long toClient);
    }
}
