using System.Runtime.Versioning;
using EventLoops;

namespace Proxy.Forwarding;

/// <summary>How HttpClient connects to the nodes. Without it HttpClient uses the sockets of .NET.</summary>
/// <param name="Connect">Connects to a node (<see cref="SocketsHttpHandler.ConnectCallback"/>).</param>
internal sealed record NodeSockets(Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>> Connect)
{
    /// <summary>Connects on the event loops, so that an answer is passed on to the client by the thread that has read it.</summary>
    [SupportedOSPlatform("linux")]
    public static NodeSockets OnLoops { get; } = new(static async (context, cancellationToken) =>
        new LoopStream(await Connector.ConnectAsync(EventLoopGroup.CurrentOrNext(), context.DnsEndPoint.Host, context.DnsEndPoint.Port, cancellationToken)));
}
