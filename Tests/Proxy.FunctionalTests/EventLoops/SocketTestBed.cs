using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using EventLoops;
using Tests.Common;

namespace Proxy.FunctionalTests.EventLoops;

/// <summary>Base of the tests of event loops: connections with one end on a loop.</summary>
[SupportedOSPlatform("linux")]
public abstract class SocketTestBed : FunctionalTestBed
{
    public override ValueTask InitializeAsync()
    {
        Requirement.Linux("event loops");
        return base.InitializeAsync();
    }

    private protected async Task<ConnectedPair> OpenPairAsync(EventLoop? loop = null) =>
        Own(await ConnectedPair.OpenAsync(loop ?? EventLoopGroup.Next(), Cancel));

    /// <summary>Listens on a port that the system chooses.</summary>
    protected static Socket Listen(IPAddress address, int backlog)
    {
        var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(address, 0));
        listener.Listen(backlog);
        return listener;
    }

    protected static int PortOf(Socket socket) => ((IPEndPoint)socket.LocalEndPoint!).Port;
}
