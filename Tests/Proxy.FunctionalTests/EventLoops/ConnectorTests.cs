using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using EventLoops;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.EventLoops;

[SupportedOSPlatform("linux")]
public sealed class ConnectorTests : SocketTestBed
{
    [Fact]
    public async Task Connect_ToAListener_StaysOnItsLoop()
    {
        using var listener = Listen(IPAddress.Loopback, backlog: 1);
        var loop = EventLoopGroup.Next();

        using var socket = await Connector.ConnectAsync(loop, "127.0.0.1", PortOf(listener), Cancel);

        Assert.Same(loop, socket.Loop);
    }

    /// <summary>The first address of the name is often ::1, where nothing listens.</summary>
    [Fact]
    public async Task Connect_ToAName_TriesItsAddressesInTurn()
    {
        using var listener = Listen(IPAddress.Loopback, backlog: 1);

        using var socket = await Connector.ConnectAsync(EventLoopGroup.Next(), "localhost", PortOf(listener), Cancel);
        using var peer = await listener.AcceptAsync(Cancel);

        Assert.Equal(IPAddress.Loopback, ((IPEndPoint)peer.RemoteEndPoint!).Address);
    }

    [Fact]
    public async Task Connect_OverIPv6_Works()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "no IPv6 here");
        using var listener = Listen(IPAddress.IPv6Loopback, backlog: 1);

        using var socket = await Connector.ConnectAsync(EventLoopGroup.Next(), "::1", PortOf(listener), Cancel);
        using var peer = await listener.AcceptAsync(Cancel);

        Assert.Equal(IPAddress.IPv6Loopback, ((IPEndPoint)peer.RemoteEndPoint!).Address);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    public async Task Connect_WhereNothingListens_IsRefused(string host)
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0)); // takes the port and does not listen

        var error = await Assert.ThrowsAsync<SocketException>(() => Connector.ConnectAsync(EventLoopGroup.Next(), host, PortOf(taken), Cancel).AsTask());

        Assert.Equal(SocketError.ConnectionRefused, error.SocketErrorCode);
    }

    [Fact]
    public async Task Connect_ToAnUnknownName_FailsWithAnErrorOfTheName()
    {
        // RFC 6761 6.4 reserves the domain.
        var error = await Assert.ThrowsAsync<SocketException>(() => Connector.ConnectAsync(EventLoopGroup.Next(), "node.invalid", 80, Cancel).AsTask());

        // TryAgain is the error of a machine without a name server.
        Assert.Contains(error.SocketErrorCode, new[] { SocketError.HostNotFound, SocketError.TryAgain, SocketError.NoData });
    }

    [Fact]
    public async Task Connect_WithoutAnAnswer_CanBeCancelled()
    {
        using var listener = Listen(IPAddress.Loopback, backlog: 0);
        using var queued = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await queued.ConnectAsync(listener.LocalEndPoint!, Cancel); // fills the queue: from now on the kernel drops every attempt
        using var cancellation = new CancellationTokenSource();

        var connecting = Connector.ConnectAsync(EventLoopGroup.Next(), "127.0.0.1", PortOf(listener), cancellation.Token).AsTask();
        Assert.False(connecting.IsCompleted);
        await cancellation.CancelAsync();

        var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Eventually.CompletesAsync(connecting));
        Assert.Equal(cancellation.Token, cancelled.CancellationToken);
    }

    [Fact]
    public async Task Connect_CancelledBefore_DoesNotBegin()
    {
        using var listener = Listen(IPAddress.Loopback, backlog: 1);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Connector.ConnectAsync(EventLoopGroup.Next(), "127.0.0.1", PortOf(listener), new CancellationToken(canceled: true)).AsTask());

        Assert.False(listener.Poll(0, SelectMode.SelectRead));
    }

    /// <summary>The kernel decides a connect on loopback within microseconds, so that both outcomes occur.</summary>
    [Fact]
    public async Task Connect_CancelledWhileTheKernelDecides_ConnectsOrIsCancelled()
    {
        for (var i = 0; i < 200; i++)
        {
            using var listener = Listen(IPAddress.Loopback, backlog: 1);
            using var cancellation = new CancellationTokenSource();

            var connecting = Connector.ConnectAsync(EventLoopGroup.Next(), "127.0.0.1", PortOf(listener), cancellation.Token).AsTask();
            Thread.SpinWait(i);
            await cancellation.CancelAsync();
            try
            {
                using var socket = await Eventually.CompletesAsync(connecting);
                using var peer = await listener.AcceptAsync(Cancel);
                await socket.SendAsync(new byte[1], Cancel);
                Assert.Equal(1, await peer.ReceiveAsync(new byte[2], Cancel));
            }
            catch (OperationCanceledException e)
            {
                Assert.Equal(cancellation.Token, e.CancellationToken);
            }
        }
    }
}
