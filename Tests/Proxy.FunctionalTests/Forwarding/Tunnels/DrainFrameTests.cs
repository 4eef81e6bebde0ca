using System.Buffers.Binary;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Proxy.FunctionalTests.Clusters;
using Xunit;

namespace Proxy.FunctionalTests.Forwarding.Tunnels;

/// <summary>A WebSocket over which a node never stops talking is closed between two messages, each of which has arrived whole.</summary>
public sealed class DrainFrameTests : NodesTestBed
{
    private const byte RecordSeparator = 0x1E;

    [Theory]
    [InlineData("json")]
    [InlineData("messagepack")]
    [InlineData("")] // not SignalR: nothing is put into its messages
    public async Task Cut_UnderContinuousTrafficOfLargeFragmentedMessages_ClosesAtAMessagesEnd(string protocol)
    {
        await using var node = await StartTalkerAsync(protocol);
        var gateway = await StartGatewayAsync([("a", new Uri(node.Urls.Single()))], "--Gateway:Health:Probe=none");
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new UriBuilder(gateway.Url) { Scheme = "ws", Path = "/talk" }.Uri, Cancel);
        if (protocol.Length > 0)
        {
            await socket.SendAsync(
                Encoding.UTF8.GetBytes($"{{\"protocol\":\"{protocol}\",\"version\":1}}\u001e"), WebSocketMessageType.Text, endOfMessage: true, Cancel);
            Assert.Equal("{}\u001e", Encoding.UTF8.GetString(await ReceiveAsync(socket)));
        }

        var messages = new List<byte[]>();
        for (var i = 0; i < 20; i++)
        {
            messages.Add(await ReceiveAsync(socket));
        }

        await gateway.Admin.DrainAsync("a", new { mode = "cut" });
        while (await ReceiveAsync(socket) is { Length: > 0 } message)
        {
            messages.Add(message);
        }

        // 1001: going away
        Assert.Equal(protocol.Length > 0 ? WebSocketCloseStatus.NormalClosure : WebSocketCloseStatus.EndpointUnavailable, socket.CloseStatus);
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, Cancel);
        if (protocol.Length > 0)
        {
            Assert.Equal(protocol == "json" ? "{\"type\":7,\"allowReconnect\":true}\u001e"u8.ToArray() : [4, 0x93, 7, 0xC0, 0xC3], messages[^1]);
            messages.RemoveAt(messages.Count - 1);
        }

        for (var i = 0; i < messages.Count; i++)
        {
            Assert.True(Message(protocol, i).AsSpan().SequenceEqual(messages[i]), $"Message {i} of {messages.Count} is not what was sent.");
        }
    }

    // Sends numbered messages in fragments of odd sizes, as fast as they are taken, until the other side closes.
    private static async Task<WebApplication> StartTalkerAsync(string protocol)
    {
        var builder = WebApplication.CreateSlimBuilder(["--urls", "http://127.0.0.1:0"]);
        builder.Logging.ClearProviders();
        var node = builder.Build();
        node.UseWebSockets();
        node.Run(context => TalkAsync(context, protocol));
        await node.StartAsync(Cancel);
        return node;
    }

    private static async Task TalkAsync(HttpContext context, string protocol)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        if (protocol.Length > 0)
        {
            await ReceiveAsync(socket);
            await socket.SendAsync("{}\u001e"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, context.RequestAborted);
        }

        var closing = ReceiveAsync(socket);
        try
        {
            for (var i = 0; !closing.IsCompleted; i++)
            {
                await SendInFragmentsAsync(
                    socket, Message(protocol, i), protocol == "json" ? WebSocketMessageType.Text : WebSocketMessageType.Binary, context.RequestAborted);
            }

            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            // The gateway does not wait for the rest.
        }
    }

    private static async Task SendInFragmentsAsync(
        WebSocket socket, ReadOnlyMemory<byte> message, WebSocketMessageType type, CancellationToken cancellationToken)
    {
        var fragment = 1;
        while (!message.IsEmpty)
        {
            var length = Math.Min(fragment, message.Length);
            await socket.SendAsync(message[..length], type, endOfMessage: length == message.Length, cancellationToken);
            message = message[length..];
            fragment = (fragment * 3) + 1;
        }
    }

    // Up to 200 kB, and every few of them small.
    private static byte[] Message(string protocol, int number)
    {
        var payload = new byte[number % 3 == 0 ? 10 : (number * 7919 % 200_000) + 10];
        Array.Fill(payload, (byte)('a' + (number % 26)));
        Encoding.ASCII.GetBytes($"{number,8}", payload);
        return protocol switch
        {
            "json" => [.. "{\"type\":1,\"target\":\"x\",\"arguments\":[\""u8, .. payload, .. "\"]}"u8, RecordSeparator],
            "messagepack" => [.. Length(payload.Length + 5), 0xC6, .. BigEndian(payload.Length), .. payload], // bin 32, as good as any
            _ => payload,
        };
    }

    private static byte[] BigEndian(int number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return bytes;
    }

    private static byte[] Length(int length)
    {
        var bytes = new List<byte>();
        for (; length >= 0x80; length >>= 7)
        {
            bytes.Add((byte)(length | 0x80));
        }

        return [.. bytes, (byte)length];
    }

    /// <summary>One whole message; nothing when the other side has closed.</summary>
    private static async Task<byte[]> ReceiveAsync(WebSocket socket)
    {
        var message = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (true)
        {
            WebSocketReceiveResult received;
            try
            {
                received = await socket.ReceiveAsync(buffer, Cancel);
            }
            catch (WebSocketException)
            {
                return [];
            }

            if (received.MessageType is WebSocketMessageType.Close)
            {
                return [];
            }

            message.Write(buffer, 0, received.Count);
            if (received.EndOfMessage)
            {
                return message.ToArray();
            }
        }
    }
}
