using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using EventLoops;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Abstractions;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.EventLoops;

[SupportedOSPlatform("linux")]
public sealed class ClientListenerTests : SocketTestBed
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    public async Task Accept_KnowsBothEnds(string address)
    {
        var listening = IPAddress.Parse(address);
        Assert.SkipUnless(listening.AddressFamily is AddressFamily.InterNetwork || Socket.OSSupportsIPv6, "no IPv6 here");
        var listener = Start(listening);
        using var client = await ConnectAsync(listener);

        await using var connection = await AcceptAsync(listener);

        Assert.Equal(client.LocalEndPoint, Unmapped(connection!.RemoteEndPoint));
        Assert.Equal(client.RemoteEndPoint, Unmapped(connection.LocalEndPoint));
    }

    [Fact]
    public async Task Unbind_WhileTheServerWaits_EndsItsWait()
    {
        var listener = Start(IPAddress.Loopback);

        var accepting = AcceptAsync(listener);
        Assert.False(accepting.IsCompleted);
        await listener.UnbindAsync(Cancel);

        Assert.Null(await accepting);
    }

    /// <summary>Some clients are in the listener's queue, others in the kernel's. The one that was accepted goes on, and no other waits for ever.</summary>
    [Fact]
    public async Task Unbind_WhileClientsWait_EndsTheirConnections()
    {
        var listener = Start(IPAddress.Loopback);
        var clients = new List<Socket>();
        for (var i = 0; i < 100; i++)
        {
            clients.Add(await ConnectAsync(listener));
        }

        var first = await AcceptAsync(listener);
        await listener.UnbindAsync(Cancel);
        await Assert.ThrowsAsync<SocketException>(() => ConnectAsync(listener));
        await using (first)
        {
            await first!.Transport.Output.WriteAsync("welcome"u8.ToArray(), Cancel);
        }

        await listener.DisposeAsync();

        var texts = await Eventually.CompletesAsync(Task.WhenAll(clients.Select(ReadToEndAsync)));
        Assert.Equal("welcome", Assert.Single(texts, static text => text.Length > 0));
        clients.ForEach(static client => client.Dispose());
    }

    [Fact]
    public void Bind_ToATakenPort_ThrowsWhatKestrelExpects()
    {
        using var taken = Listen(IPAddress.Loopback, backlog: 1);

        Assert.Throws<AddressInUseException>(
            () => new ClientListener((IPEndPoint)taken.LocalEndPoint!, MemoryPool<byte>.Shared, TimeProvider.System, NullLogger.Instance));
    }

    private ClientListener Start(IPAddress address) =>
        Own(new ClientListener(new IPEndPoint(address, 0), MemoryPool<byte>.Shared, TimeProvider.System, NullLogger.Instance));

    private static Task<ConnectionContext?> AcceptAsync(ClientListener listener) => Eventually.CompletesAsync(listener.AcceptAsync(Cancel).AsTask());

    private static async Task<Socket> ConnectAsync(ClientListener listener)
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(IPAddress.Loopback, ((IPEndPoint)listener.EndPoint).Port, Cancel);
        return client;
    }

    private static async Task<string> ReadToEndAsync(Socket client)
    {
        await using var connection = new RawConnection(client);
        return await connection.ReadToEndAsync();
    }

    private static IPEndPoint Unmapped(EndPoint? end)
    {
        var address = Assert.IsType<IPEndPoint>(end);
        return new IPEndPoint(address.Address.IsIPv4MappedToIPv6 ? address.Address.MapToIPv4() : address.Address, address.Port);
    }
}
