using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using EventLoops;

namespace Proxy.FunctionalTests.EventLoops;

/// <summary>Both ends of a connection: one on an event loop, one of .NET's own.</summary>
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
        var socket = await Dial.ConnectAsync(loop, "127.0.0.1", ((IPEndPoint)listener.LocalEndPoint!).Port, cancellationToken);
        var peer = await listener.AcceptAsync(cancellationToken);
        await Task.Yield(); // what follows a connect runs on the loop, where a test must not stay
        return new ConnectedPair(socket, peer);
    }

    public ValueTask DisposeAsync()
    {
        Socket.Dispose();
        Peer.Dispose();
        return ValueTask.CompletedTask;
    }
}
