using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using EventLoops;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.EventLoops;

[SupportedOSPlatform("linux")]
public sealed class DialTests : SocketTestBed
{
    [Fact]
    public async Task Connect_ToWhoeverListens_StaysOnItsLoop()
    {
        using var listener = Listen(IPAddress.Loopback, backlog: 1);
        var loop = EventLoopGroup.Next();

        using var socket = await Dial.ConnectAsync(loop, "127.0.0.1", PortOf(listener), Cancel);

        Assert.Same(loop, socket.Loop);
    }

    /// <summary>The name often means ::1 first, where nobody listens.</summary>
    [Fact]
    public async Task Connect_ToAName_TriesItsAddressesInTurn()
    {
        using var listener = Listen(IPAddress.Loopback, backlog: 1);

        using var socket = await Dial.ConnectAsync(EventLoopGroup.Next(), "localhost", PortOf(listener), Cancel);
        using var peer = await listener.AcceptAsync(Cancel);

        Assert.Equal(IPAddress.Loopback, ((IPEndPoint)peer.RemoteEndPoint!).Address);
    }

    [Fact]
    public async Task Connect_OverIPv6_Works()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "no IPv6 here");
        using var listener = Listen(IPAddress.IPv6Loopback, backlog: 1);

        using var socket = await Dial.ConnectAsync(EventLoopGroup.Next(), "::1", PortOf(listener), Cancel);
        using var peer = await listener.AcceptAsync(Cancel);

        Assert.Equal(IPAddress.IPv6Loopback, ((IPEndPoint)peer.RemoteEndPoint!).Address);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    public async Task Connect_ToNobody_IsRefused(string host)
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0)); // keeps the port, and does not listen

        var error = await Assert.ThrowsAsync<SocketException>(() => Dial.ConnectAsync(EventLoopGroup.Next(), host, PortOf(taken), Cancel).AsTask());

        Assert.Equal(SocketError.ConnectionRefused, error.SocketErrorCode);
    }

    [Fact]
    public async Task Connect_ToAnUnknownName_SaysThatItIsTheName()
    {
        var error = await Assert.ThrowsAsync<SocketException>(() => Dial.ConnectAsync(EventLoopGroup.Next(), "node.invalid", 80, Cancel).AsTask()); // RFC 6761 6.4

        Assert.Contains(error.SocketErrorCode, new[] { SocketError.HostNotFound, SocketError.TryAgain, SocketError.NoData }); // TryAgain: no name server here
    }

    [Fact]
    public async Task Connect_ToWhoDoesNotAnswer_CanBeGivenUp()
    {
        using var listener = Listen(IPAddress.Loopback, backlog: 0);
        using var queued = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await queued.ConnectAsync(listener.LocalEndPoint!, Cancel); // fills the queue: from now on the kernel drops whoever knocks
        using var giveUp = new CancellationTokenSource();

        var dialing = Dial.ConnectAsync(EventLoopGroup.Next(), "127.0.0.1", PortOf(listener), giveUp.Token).AsTask();
        Assert.False(dialing.IsCompleted);
        await giveUp.CancelAsync();

        var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Eventually.CompletesAsync(dialing));
        Assert.Equal(giveUp.Token, cancelled.CancellationToken);
    }

    [Fact]
    public async Task Connect_GivenUpBefore_DoesNotBegin()
    {
        using var listener = Listen(IPAddress.Loopback, backlog: 1);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Dial.ConnectAsync(EventLoopGroup.Next(), "127.0.0.1", PortOf(listener), new CancellationToken(canceled: true)).AsTask());

        Assert.False(listener.Poll(0, SelectMode.SelectRead));
    }
}
