using System.Buffers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace LoadTests.Lean.Node;

/// <summary>One TCP connection of a node: requests, until one of them becomes a WebSocket or an event stream.</summary>
internal sealed class NodeConnection(LeanSocket socket, NodeClients clients, string nodeName)
{
    private const string WebSocketGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; // RFC 6455, 1.3

    private static readonly byte[] Close = [0x88, 0x02, 0x03, 0xE8];

    private readonly ArrayBufferWriter<byte> _begun = new(); // of a message whose end has not come

    /// <summary>Serves it until it ends.</summary>
    public async Task ServeAsync()
    {
        try
        {
            while (await ReadHeadAsync() is { } head && await AnswerAsync(head) && !head.Closes)
            {
            }
        }
        catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException)
        {
            // The peer is gone, which is its right.
        }
        finally
        {
            socket.Dispose();
        }
    }

    private async ValueTask<HttpHead?> ReadHeadAsync()
    {
        HttpHead? head;
        while ((head = HttpHead.TryRead(socket.Received)) is null)
        {
            if (!await socket.FillAsync())
            {
                return null;
            }
        }

        socket.Use(head.Size);
        return head;
    }

    // False when the connection is not for further requests.
    private async ValueTask<bool> AnswerAsync(HttpHead head)
    {
        var body = await ReadBodyAsync(head);
        var (method, target) = Split(head.StartLine);
        if (target.Contains("/negotiate", StringComparison.Ordinal))
        {
            await SendAsync(200, "application/json", Negotiation(clients.Add().Token));
            return true;
        }

        if (IdIn(target) is not { } id)
        {
            await SendAsync(200, "text/plain", $"This is node {nodeName}, and nothing more.");
            return true;
        }

        if (clients.Find(id) is not { } client)
        {
            await SendAsync(404, "text/plain", "No Connection with that ID");
            return true;
        }

        switch (method)
        {
            case "GET" when head.WebSocketKey is { } key:
                await ServeWebSocketAsync(client, key);
                return false;
            case "GET" when head.AcceptsEvents:
                await ServeEventsAsync(client);
                return false;
            case "GET":
                await SendAsync(200, "text/plain", await client.PollAsync());
                return true;
            case "DELETE":
                client.Remove();
                await SendAsync(202, "text/plain", "");
                return true;
            default:
                Receive(client, body.Span);
                await SendAsync(200, "text/plain", "");
                return true;
        }
    }

    private async ValueTask<ReadOnlyMemory<byte>> ReadBodyAsync(HttpHead head)
    {
        if (head.ContentLength <= 0)
        {
            return default;
        }

        var length = (int)head.ContentLength;
        while (socket.Received.Length < length)
        {
            await socket.FillOrThrowAsync(CancellationToken.None);
        }

        var body = socket.Received[..length].ToArray();
        socket.Use(length);
        return body;
    }

    private async Task ServeWebSocketAsync(NodeClient client, string key)
    {
        await socket.SendAsync(Encoding.ASCII.GetBytes(
            $"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {AcceptFor(key)}\r\n\r\n"));
        var transport = new NodeTransport(socket, isWebSocket: true);
        client.Use(transport);
        try
        {
            while (ReadFrames(client, transport) && await socket.FillAsync())
            {
            }
        }
        finally
        {
            client.Remove();
        }
    }

    // False when the client has closed.
    private bool ReadFrames(NodeClient client, NodeTransport transport)
    {
        transport.Hold();
        var open = true;
        while (open && FrameHeader.TryRead(socket.Received, out var header) && socket.Received.Length >= header.Size + header.PayloadLength)
        {
            var payload = socket.Received.Slice(header.Size, (int)header.PayloadLength);
            FrameHeader.Apply(header.Mask, payload);
            if (header.OpCode < FrameHeader.Close)
            {
                ReceivePart(client, payload);
            }
            else if (header.OpCode == FrameHeader.Close)
            {
                transport.SendRaw(Close);
                open = false;
            }

            socket.Use(header.Size + (int)header.PayloadLength);
        }

        transport.LetGo();
        return open;
    }

    private async Task ServeEventsAsync(NodeClient client)
    {
        // A first empty line, as SignalR sends it, so that the head leaves at once.
        await socket.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache, no-store\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n\r\n\r\n"u8.ToArray());
        client.Use(new NodeTransport(socket, isWebSocket: false));
        try
        {
            while (await socket.FillAsync())
            {
                socket.Use(socket.Received.Length); // a client has nothing to say here
            }
        }
        finally
        {
            client.Remove();
        }
    }

    // Clients may cut a message into several frames; ours never do, and then nothing is copied.
    private void ReceivePart(NodeClient client, ReadOnlySpan<byte> part)
    {
        if (_begun.WrittenCount == 0)
        {
            _begun.Write(Receive(client, part));
            return;
        }

        _begun.Write(part);
        if (part.Contains(HubRecords.Separator))
        {
            var rest = Receive(client, _begun.WrittenSpan).ToArray();
            _begun.ResetWrittenCount();
            _begun.Write(rest);
        }
    }

    // Returns what is not a whole message yet.
    private static ReadOnlySpan<byte> Receive(NodeClient client, ReadOnlySpan<byte> messages)
    {
        while (messages.IndexOf(HubRecords.Separator) is >= 0 and var end)
        {
            client.Receive(messages[..end]);
            messages = messages[(end + 1)..];
        }

        return messages;
    }

    private ValueTask SendAsync(int status, string contentType, string body) => SendAsync(status, contentType, Encoding.UTF8.GetBytes(body));

    private ValueTask SendAsync(int status, string contentType, byte[] body)
    {
        var head = Encoding.ASCII.GetBytes(
            $"HTTP/1.1 {status} {(status == 404 ? "Not Found" : "OK")}\r\nContent-Type: {contentType}\r\nContent-Length: {body.Length}\r\n\r\n");
        return socket.SendAsync((byte[])[.. head, .. body]);
    }

    private static string Negotiation(string token) =>
        $$"""
        {"negotiateVersion":1,"connectionId":"{{token[..11]}}","connectionToken":"{{token}}","availableTransports":[{"transport":"WebSockets","transferFormats":["Text","Binary"]},{"transport":"ServerSentEvents","transferFormats":["Text"]},{"transport":"LongPolling","transferFormats":["Text","Binary"]}]}
        """;

    private static (string Method, string Target) Split(string startLine)
    {
        var first = startLine.IndexOf(' ');
        var last = startLine.LastIndexOf(' ');
        return (startLine[..first], startLine[(first + 1)..last]);
    }

    private static string? IdIn(string target)
    {
        var start = target.IndexOf("?id=", StringComparison.Ordinal);
        start = start < 0 ? target.IndexOf("&id=", StringComparison.Ordinal) : start;
        if (start < 0)
        {
            return null;
        }

        var end = target.IndexOf('&', start + 4);
        return end < 0 ? target[(start + 4)..] : target[(start + 4)..end];
    }

    // SHA-1 is what the RFC asks for; it proves that the server understood, and protects nothing.
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Security", "CA5350", Justification = "RFC 6455, 4.2.2")]
    private static string AcceptFor(string key) => Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + WebSocketGuid)));
}
