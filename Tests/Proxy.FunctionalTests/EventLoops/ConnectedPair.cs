using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using EventLoops;

namespace Proxy.FunctionalTests.EventLoops;

/// <summary>Both ends of a connection: one is on an event loop, the other a socket of .NET.</summary>
[SupportedOSPlatform("linux")]
internal sealed class ConnectedPair : IAsyncDisposable
{
    private ConnectedPair(LoopSocket socket, Socket peer)
    {
        Socket = socket;
        Peer = peer;
    }

    public LoopSocket Socket { get; }

    public Socket Peer { get; }

    public static async Task<ConnectedPair> OpenAsync(EventLoop loop, CancellationToken cancellationToken)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        var socket = await Connector.ConnectAsync(loop, "127.0.0.1", ((IPEndPoint)listener.LocalEndPoint!).Port, cancellationToken);
        var peer = await listener.AcceptAsync(cancellationToken);
        await Task.Yield(); // the code after a connect runs on the loop, which a test must not block
        return new ConnectedPair(socket, peer);
    }

    public ValueTask DisposeAsync()
    {
        Socket.Dispose();
        Peer.Dispose();
        return ValueTask.CompletedTask;
    }
}
