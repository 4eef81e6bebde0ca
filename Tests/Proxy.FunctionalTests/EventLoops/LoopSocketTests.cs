using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using EventLoops;
using Microsoft.AspNetCore.Connections;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.EventLoops;

[SupportedOSPlatform("linux")]
public sealed class LoopSocketTests : SocketTestBed
{
    private const int Large = 32 * 1024 * 1024; // more than the kernel's own buffers

    [Fact]
    public async Task Receive_BeforeAnythingIsThere_CompletesOnTheLoop()
    {
        var pair = await OpenPairAsync();

        var reading = ReadAsync(pair.Socket);
        Assert.False(reading.IsCompleted);
        await pair.Peer.SendAsync("hello"u8.ToArray(), Cancel);

        var (text, loop) = await Eventually.CompletesAsync(reading);
        Assert.Equal("hello", text);
        Assert.Same(pair.Socket.Loop, loop);
    }

    [Fact]
    public async Task Receive_IntoNothing_WaitsAndTakesNothing()
    {
        var pair = await OpenPairAsync();

        var waiting = pair.Socket.ReceiveAsync(Memory<byte>.Empty, Cancel).AsTask();
        Assert.False(waiting.IsCompleted);
        await pair.Peer.SendAsync("hello"u8.ToArray(), Cancel);

        Assert.Equal(0, await Eventually.CompletesAsync(waiting));
        Assert.Equal("hello", (await ReadAsync(pair.Socket)).Text);
    }

    [Fact]
    public async Task Receive_InPieces_GetsAllOfIt()
    {
        var pair = await OpenPairAsync();
        await pair.Peer.SendAsync("abcdefgh"u8.ToArray(), Cancel);

        var text = "";
        while (text.Length < 8)
        {
            text += (await Eventually.CompletesAsync(ReadAsync(pair.Socket, max: 3))).Text;
        }

        Assert.Equal("abcdefgh", text);
    }

    [Fact]
    public async Task Receive_AtThePeersEnd_GivesNothingEachTime()
    {
        var pair = await OpenPairAsync();

        var reading = ReadAsync(pair.Socket);
        pair.Peer.Shutdown(SocketShutdown.Send);

        Assert.Equal("", (await Eventually.CompletesAsync(reading)).Text);
        Assert.Equal("", (await Eventually.CompletesAsync(ReadAsync(pair.Socket))).Text);
    }

    [Fact]
    public async Task Receive_FromAPeerThatResets_Throws()
    {
        var pair = await OpenPairAsync();

        var reading = ReadAsync(pair.Socket);
        Reset(pair.Peer);

        await Assert.ThrowsAsync<ConnectionResetException>(() => Eventually.CompletesAsync(reading));
    }

    [Fact]
    public async Task Receive_Cancelled_LeavesTheSocketUsable()
    {
        var pair = await OpenPairAsync();
        using var cancellation = new CancellationTokenSource();

        var reading = pair.Socket.ReceiveAsync(new byte[16], cancellation.Token).AsTask();
        Assert.False(reading.IsCompleted);
        await cancellation.CancelAsync();
        var cancelled = await Assert.ThrowsAsync<OperationCanceledException>(() => Eventually.CompletesAsync(reading));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pair.Socket.ReceiveAsync(new byte[16], cancellation.Token).AsTask());
        await pair.Peer.SendAsync("after"u8.ToArray(), Cancel);

        Assert.Equal(cancellation.Token, cancelled.CancellationToken);
        Assert.Equal("after", (await Eventually.CompletesAsync(ReadAsync(pair.Socket))).Text);
    }

    [Fact]
    public async Task Send_MoreThanThePeerTakes_WaitsAndArrivesWhole()
    {
        var pair = await OpenPairAsync();
        var bytes = RandomNumberGenerator.GetBytes(Large);

        var sending = pair.Socket.SendAsync(bytes, Cancel).AsTask();
        Assert.False(sending.IsCompleted);
        var received = new byte[Large];
        for (var at = 0; at < Large;)
        {
            var count = await pair.Peer.ReceiveAsync(received.AsMemory(at), Cancel);
            Assert.NotEqual(0, count);
            at += count;
        }

        await sending.WaitAsync(Eventually.Patience, Cancel);
        Assert.True(bytes.AsSpan().SequenceEqual(received));
    }

    [Fact]
    public async Task Send_WhileAReadWaits_DoesNotEndIt()
    {
        var pair = await OpenPairAsync();

        var reading = ReadAsync(pair.Socket);
        await pair.Socket.SendAsync("question"u8.ToArray(), Cancel);
        var buffer = new byte[16];
        Assert.Equal("question", Encoding.ASCII.GetString(buffer, 0, await pair.Peer.ReceiveAsync(buffer, Cancel)));
        Assert.False(reading.IsCompleted);
        await pair.Peer.SendAsync("answer"u8.ToArray(), Cancel);

        Assert.Equal("answer", (await Eventually.CompletesAsync(reading)).Text);
    }

    [Fact]
    public async Task Send_ToAPeerThatHasReset_Throws()
    {
        var pair = await OpenPairAsync();
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        pair.Socket.WatchPeer(ended.SetResult);

        Reset(pair.Peer);
        await ended.Task.WaitAsync(Eventually.Patience, Cancel);

        await Assert.ThrowsAsync<ConnectionResetException>(() => pair.Socket.SendAsync("late"u8.ToArray(), Cancel).AsTask());
    }

    [Fact]
    public async Task WatchPeer_WithoutAReceive_ReportsTheEndOnce()
    {
        var pair = await OpenPairAsync();
        var reports = 0;
        pair.Socket.WatchPeer(() => Interlocked.Increment(ref reports));

        await pair.Peer.SendAsync("last words"u8.ToArray(), Cancel);
        pair.Peer.Shutdown(SocketShutdown.Send);
        await Eventually.HoldsAsync(() => Volatile.Read(ref reports) == 1);

        Assert.Equal("last words", (await Eventually.CompletesAsync(ReadAsync(pair.Socket))).Text);
        Assert.Equal("", (await Eventually.CompletesAsync(ReadAsync(pair.Socket))).Text);
        Assert.Equal(1, Volatile.Read(ref reports));
    }

    [Fact]
    public async Task Dispose_LetsThePeerReadToTheEnd()
    {
        var pair = await OpenPairAsync();

        await pair.Socket.SendAsync("goodbye"u8.ToArray(), Cancel);
        pair.Socket.Dispose();

        var buffer = new byte[16];
        Assert.Equal(7, await pair.Peer.ReceiveAsync(buffer, Cancel));
        Assert.Equal(0, await pair.Peer.ReceiveAsync(buffer, Cancel));
    }

    [Fact]
    public async Task Abort_ResetsThePeer()
    {
        var pair = await OpenPairAsync();

        pair.Socket.Abort();

        var error = await Assert.ThrowsAsync<SocketException>(() => pair.Peer.ReceiveAsync(new byte[16], Cancel).AsTask());
        Assert.Equal(SocketError.ConnectionReset, error.SocketErrorCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Close_EndsPendingOperations(bool isAbort)
    {
        var pair = await OpenPairAsync();
        var reading = ReadAsync(pair.Socket);
        var sending = pair.Socket.SendAsync(new byte[Large], Cancel).AsTask();
        Assert.False(reading.IsCompleted);
        Assert.False(sending.IsCompleted);

        if (isAbort)
        {
            pair.Socket.Abort();
        }
        else
        {
            pair.Socket.Dispose();
        }

        await Assert.ThrowsAsync<ConnectionAbortedException>(() => Eventually.CompletesAsync(reading));
        await Assert.ThrowsAsync<ConnectionAbortedException>(() => sending.WaitAsync(Eventually.Patience, Cancel));
        await Assert.ThrowsAsync<ConnectionAbortedException>(() => ReadAsync(pair.Socket));
        await Assert.ThrowsAsync<ConnectionAbortedException>(() => pair.Socket.SendAsync("more"u8.ToArray(), Cancel).AsTask());
    }

    [Fact]
    public async Task Release_GivesTheConnectionAsItIs()
    {
        var pair = await OpenPairAsync();
        var waiting = pair.Socket.ReceiveAsync(Memory<byte>.Empty, Cancel).AsTask();
        await pair.Peer.SendAsync("unread"u8.ToArray(), Cancel);
        await Eventually.CompletesAsync(waiting);

        var descriptor = pair.Socket.Release();
        pair.Socket.Dispose(); // the socket does not belong to this object any more

        Assert.Equal("unread", Receive(descriptor));
        Assert.Equal(6, Descriptors.Send(descriptor, "answer"u8));
        var buffer = new byte[16];
        Assert.Equal(6, await pair.Peer.ReceiveAsync(buffer, Cancel));
        await Assert.ThrowsAsync<ConnectionAbortedException>(() => ReadAsync(pair.Socket));
        Descriptors.Close(descriptor, isAbort: false);
        Assert.Equal(0, await pair.Peer.ReceiveAsync(buffer, Cancel));
    }

    [Fact]
    public async Task Release_WhileItIsInUse_IsRefused()
    {
        var pair = await OpenPairAsync();

        var reading = ReadAsync(pair.Socket);
        Assert.Equal(-1, pair.Socket.Release());
        await pair.Peer.SendAsync("for the reader"u8.ToArray(), Cancel);

        Assert.Equal("for the reader", (await Eventually.CompletesAsync(reading)).Text);
    }

    [Fact]
    public async Task Release_AfterItsEnd_IsRefused()
    {
        var pair = await OpenPairAsync();

        pair.Socket.Dispose();

        Assert.Equal(-1, pair.Socket.Release());
    }

    private static async Task<(string Text, EventLoop? Loop)> ReadAsync(LoopSocket socket, int max = 64)
    {
        var buffer = new byte[max];
        var count = await socket.ReceiveAsync(buffer, Cancel);
        return (Encoding.ASCII.GetString(buffer, 0, count), EventLoop.Current);
    }

    private static string Receive(int descriptor)
    {
        Span<byte> buffer = stackalloc byte[64];
        return Encoding.ASCII.GetString(buffer[..Descriptors.Receive(descriptor, buffer)]);
    }

    private static void Reset(Socket socket)
    {
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        socket.Dispose();
    }
}
