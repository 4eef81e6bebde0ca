using System.Net.Sockets;
using System.Runtime.Versioning;
using EventLoops;
using Proxy.Nodes;

namespace Proxy.Forwarding;

/// <summary>How HttpClient connects to the nodes.</summary>
/// <param name="Connect">Connects to a node (<see cref="SocketsHttpHandler.ConnectCallback"/>), for which the connection is counted while it is open.</param>
internal sealed record NodeSockets(Func<SocketsHttpConnectionContext, NodeState?, CancellationToken, ValueTask<Stream>> Connect)
{
    /// <summary>Connects by a socket of .NET, as HttpClient does by itself.</summary>
    public static NodeSockets OfDotNet { get; } = new(static async (context, node, cancellationToken) =>
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new CountedNetworkStream(socket, node);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    });

    /// <summary>Connects on the event loops, so that an answer is passed on to the client by the thread that has read it.</summary>
    [SupportedOSPlatform("linux")]
    public static NodeSockets OnLoops { get; } = new(static async (context, node, cancellationToken) => new CountedLoopStream(
        await Connector.ConnectAsync(EventLoopGroup.CurrentOrNext(), context.DnsEndPoint.Host, context.DnsEndPoint.Port, cancellationToken), node));
}
