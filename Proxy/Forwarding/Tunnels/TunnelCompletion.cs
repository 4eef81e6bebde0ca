using Proxy.Connections;
using Proxy.Decisions;
using Proxy.Requests;

namespace Proxy.Forwarding.Tunnels;

/// <summary>What is done when a tunnel has ended.</summary>
internal sealed partial class TunnelCompletion(
    TunnelRegistry tunnels, ConnectionTable connections, UpgradeLimit upgrades, ILogger<TunnelCompletion> logger)
{
    /// <summary>A tunnel has ended. Its request goes on, and counts for its connection.</summary>
    public void Complete(Tunnel tunnel)
    {
        var end = tunnel.End!.Value;
        tunnels.Remove(tunnel);
        Log.TunnelEnded(logger, tunnel.Node.Name, end, tunnel.Messages.FromClient, tunnel.Messages.ToClient);
        if (end is TunnelEnd.NodeError || (end is TunnelEnd.Node && !tunnel.HasNodeClosed))
        {
            tunnel.Node.ProbeSoon(); // a node that dies breaks its tunnels before the next probe is due
        }
    }

    /// <summary>A tunnel that has outlived its request has ended, and with it what was counted for its connection.</summary>
    public void CompleteHandOff(Tunnel tunnel)
    {
        Complete(tunnel);
        upgrades.Leave();
        tunnel.Node.AddTcpConnections(-1); // it had a socket of its own
        if (tunnel.Connection is { } connection)
        {
            connections.RequestEnded(connection, Transport.WebSockets, isGone: false, isGoneIfLast: false);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "Tunnel to node '{NodeName}' ended ({End}): {FromClient} messages from the client, {ToClient} to it.",
            EventName = "TunnelEnded")]
        public static partial void TunnelEnded(ILogger logger, string nodeName, TunnelEnd end, long fromClient, long toClient);
    }
}
