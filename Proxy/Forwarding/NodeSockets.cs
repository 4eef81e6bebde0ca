using System.Runtime.Versioning;
using EventLoops;

namespace Proxy.Forwarding;

/// <summary>HttpClient's way to the nodes, where it is not .NET's own.</summary>
/// <param name="Connect">Connects to a node.</param>
internal sealed record NodeSockets(Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>> Connect)
{
    /// <summary>Over the event loops: an answer goes on to the client on the thread that has read it.</summary>
    [SupportedOSPlatform("linux")]
    public static NodeSockets OnLoops { get; } = new(static async (context, cancellationToken) =>
        new LoopStream(await Dial.ConnectAsync(EventLoopGroup.Nearest(), context.DnsEndPoint.Host, context.DnsEndPoint.Port, cancellationToken)));
}
