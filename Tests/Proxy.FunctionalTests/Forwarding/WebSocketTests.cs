using System.Globalization;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using Proxy.Requests;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Forwarding;

/// <summary>A WebSocket is the node's and the client's own affair: the handshake's fields and every byte after it pass unchanged, through each
/// tunnel.</summary>
public sealed class WebSocketTests : FunctionalTestBed
{
    private const string Key = "dGhlIHNhbXBsZSBub25jZQ=="; // RFC 6455, 1.3
    private const string Accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

    [Theory]
    [InlineData("auto")]
    [InlineData("stream")]
    [InlineData("yarp")]
    public async Task Handshake_ItsFields_PassUnchangedInBothDirections(string tunnel)
    {
        var node = StartScripted("a", static exchange => exchange.AcceptWebSocketAsync(
            "Sec-WebSocket-Protocol: two", "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover", "X-Node: 1"));
        var gateway = await StartGatewayAsync([node], "--Gateway:Tunnel=" + tunnel);

        var answer = await AskAsync(gateway, "GET", "/chat?access_token=e.y%2FJ", "Connection: keep-alive, Upgrade", "Upgrade: WebSocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: " + Key, "Sec-WebSocket-Protocol: one, two", "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
                "Origin: https://page.example", "Cookie: a=b");

        Assert.Equal(101, answer.Status);
        Assert.Equal(Accept, answer.Field("Sec-WebSocket-Accept"));
        Assert.Equal("two", answer.Field("Sec-WebSocket-Protocol"));
        Assert.Equal("permessage-deflate; server_no_context_takeover", answer.Field("Sec-WebSocket-Extensions"));
        Assert.Equal("websocket", answer.Field("Upgrade"), ignoreCase: true);
        Assert.Equal("upgrade", answer.Field("Connection"), ignoreCase: true);
        Assert.Equal("1", answer.Field("X-Node"));
        var request = Assert.Single(node.Requests);
        Assert.Equal("GET /chat?access_token=e.y%2FJ HTTP/1.1", request.StartLine);
        Assert.Equal("hub.example", request.Field("Host"));
        Assert.Equal(Key, request.Field("Sec-WebSocket-Key"));
        Assert.Equal("13", request.Field("Sec-WebSocket-Version"));
        Assert.Equal("one, two", request.Field("Sec-WebSocket-Protocol"));
        Assert.Equal("permessage-deflate; client_max_window_bits", request.Field("Sec-WebSocket-Extensions"));
        Assert.Equal("https://page.example", request.Field("Origin"));
        Assert.Equal("a=b", request.Field("Cookie"));
        Assert.Equal("127.0.0.1", request.Field("X-Forwarded-For"));
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("stream")]
    [InlineData("yarp")]
    public async Task Frames_OfAllSizes_PassUnchangedInBothDirections(string tunnel)
    {
        var node = StartScripted("a", EchoBytesAsync);
        var gateway = await StartGatewayAsync([node], "--Gateway:Tunnel=" + tunnel);
        await using var client = await RawConnection.OpenAsync(gateway.Url);
        await client.SendAsync(Handshake("/chat"));
        Assert.Equal(101, (await client.ReadResponseAsync()).Status);

        var random = new Random(7);
        foreach (var size in new[] { 0, 1, 125, 126, 127, 4096, 65_535, 65_536, 1_000_000 })
        {
            var frame = ClientFrame(size, random);
            var sending = client.SendAsync(Encoding.Latin1.GetBytes(frame));
            Assert.Equal(frame, await client.ReadAsync(frame.Length));
            await sending;
        }
    }

    /// <summary>Frames may come together with the answer that opens the tunnel, and one at a time or byte by byte.</summary>
    [Theory]
    [InlineData("auto")]
    [InlineData("yarp")]
    public async Task Frames_HoweverTheyAreCut_PassUnchanged(string tunnel)
    {
        var node = StartScripted("a", static async exchange =>
        {
            await exchange.AcceptWebSocketAsync();
            await exchange.SendAsync("\u0081\u0005early");
            await EchoAsync(exchange);
        });
        var gateway = await StartGatewayAsync([node], "--Gateway:Tunnel=" + tunnel);
        await using var client = await RawConnection.OpenAsync(gateway.Url);
        await client.SendAsync(Handshake("/chat"));
        Assert.Equal(101, (await client.ReadResponseAsync()).Status);

        Assert.Equal("\u0081\u0005early", await client.ReadAsync(7));
        var frames = string.Concat(Enumerable.Range(0, 20).Select(_ => ClientFrame(10, new Random(1))));
        foreach (var c in frames)
        {
            await client.SendAsync(c.ToString());
        }

        Assert.Equal(frames, await client.ReadAsync(frames.Length));
    }

    [Theory]
    [InlineData(401, "auto")]
    [InlineData(404, "auto")]
    [InlineData(409, "auto")]
    [InlineData(200, "auto")]
    [InlineData(404, "yarp")]
    public async Task Refusal_OfTheNode_IsRelayedWithItsBody(int status, string tunnel)
    {
        var node = StartScripted(
            "a", exchange => exchange.AnswerAsync(status, "No Connection with that ID", "WWW-Authenticate: Bearer", "Content-Type: text/plain"));
        var gateway = await StartGatewayAsync([node], "--Gateway:Tunnel=" + tunnel);
        await using var client = await RawConnection.OpenAsync(gateway.Url);

        await client.SendAsync(Handshake("/chat?id=T" + Tag.Prefix + Tag.Compute(key: null, "gateway", "a")));
        var answer = await client.ReadResponseAsync();

        Assert.Equal(status, answer.Status);
        Assert.Equal("No Connection with that ID", answer.Body);
        Assert.Equal("Bearer", answer.Field("WWW-Authenticate"));
        Assert.Empty(answer.All("X-Affinity-Outcome"));
        Assert.Equal("/chat?id=T", Assert.Single(node.Requests).Target);
    }

    /// <summary>The client ends once its tunnel carries: an end that meets the handshake still counts as the client's leaving.</summary>
    [Theory]
    [InlineData("auto")]
    [InlineData("yarp")]
    public async Task Client_ThatCloses_ClosesAtTheNode(string tunnel)
    {
        var ended = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var node = StartScripted("a", async exchange =>
        {
            await exchange.AcceptWebSocketAsync();
            await exchange.SendAsync(await exchange.Connection.ReadAsync(4));
            ended.SetResult(await exchange.Connection.ReadToEndAsync());
        });
        var gateway = await StartGatewayAsync([node], "--Gateway:Tunnel=" + tunnel);
        var client = await RawConnection.OpenAsync(gateway.Url);
        await client.SendAsync(Handshake("/chat"));
        Assert.Equal(101, (await client.ReadResponseAsync()).Status);

        await client.SendAsync("last");
        Assert.Equal("last", await client.ReadAsync(4));
        client.EndSending();

        Assert.Equal("", await Eventually.CompletesAsync(ended.Task));
        Assert.Equal("", await client.ReadToEndAsync()); // a half-closed tunnel is a closed one: SignalR has no use for it
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("yarp")]
    public async Task Node_ThatCloses_ClosesAtTheClientAfterItsLastBytes(string tunnel)
    {
        var node = StartScripted("a", static async exchange =>
        {
            await exchange.AcceptWebSocketAsync();
            await exchange.SendAsync("\u0088\u0002\u0003\u00e9");
            exchange.Connection.EndSending();
            await exchange.Connection.ReadToEndAsync();
        });
        var gateway = await StartGatewayAsync([node], "--Gateway:Tunnel=" + tunnel);
        await using var client = await RawConnection.OpenAsync(gateway.Url);

        await client.SendAsync(Handshake("/chat"));
        Assert.Equal(101, (await client.ReadResponseAsync()).Status);

        Assert.Equal("\u0088\u0002\u0003\u00e9", await client.ReadToEndAsync());
    }

    /// <summary>RFC 8441; the node speaks HTTP/1.1.</summary>
    [Theory]
    [InlineData("auto")]
    [InlineData("yarp")]
    public async Task Client_OfHttp2_TalksToANodeOfHttp1(string tunnel)
    {
        var node = StartScripted("a", EchoFramesAsync);
        var gateway = await StartGatewayAsync([node], "--Kestrel:EndpointDefaults:Protocols=Http2", "--Gateway:Tunnel=" + tunnel);
        using var client = new ClientWebSocket();
        client.Options.HttpVersion = HttpVersion.Version20;
        client.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        client.Options.AddSubProtocol("two");
        client.Options.SetRequestHeader("Origin", "https://page.example");
        client.Options.SetRequestHeader("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="); // allowed, but without meaning: in HTTP/2 there is none
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler());
        var url = new UriBuilder(gateway.Url) { Scheme = "ws", Path = "/chat", Query = "id=T" + Tag.Prefix + Tag.Compute(key: null, "gateway", "a") };

        await client.ConnectAsync(url.Uri, invoker, Cancel);
        foreach (var text in new[] { "hello", "", new string('x', 120) })
        {
            await client.SendAsync(Encoding.ASCII.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, Cancel);
            var buffer = new byte[200];
            var received = await client.ReceiveAsync(buffer, Cancel);
            Assert.Equal(text, Encoding.ASCII.GetString(buffer, 0, received.Count));
        }

        Assert.Equal("two", client.SubProtocol);
        var request = Assert.Single(node.Requests);
        Assert.Equal("GET /chat?id=T HTTP/1.1", request.StartLine);
        Assert.Equal("websocket", request.Field("Upgrade"), ignoreCase: true);
        Assert.Equal("https://page.example", request.Field("Origin"));
        Assert.NotEqual("AAAAAAAAAAAAAAAAAAAAAA==", Assert.Single(request.All("Sec-WebSocket-Key")));
    }

    [Fact]
    public async Task Client_OfHttp2WithoutId_MovesToANodeThatTakesIt()
    {
        var node = StartScripted("b", EchoFramesAsync);
        var gateway = await StartPairAsync(await StartDeadAsync("a"), node, "--Kestrel:EndpointDefaults:Protocols=Http2");
        using var client = new ClientWebSocket();
        client.Options.HttpVersion = HttpVersion.Version20;
        client.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        client.Options.AddSubProtocol("two");
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler());

        await client.ConnectAsync(new UriBuilder(gateway.Url) { Scheme = "ws", Path = "/chat" }.Uri, invoker, Cancel);

        Assert.Equal(WebSocketState.Open, client.State);
        Assert.Single(node.Requests);
    }

    [Fact]
    public async Task Client_OfHttp2_GetsTheNodesRefusal()
    {
        var node = StartScripted("a", static exchange => exchange.AnswerAsync(404, "No Connection with that ID"));
        var gateway = await StartGatewayAsync([node], "--Kestrel:EndpointDefaults:Protocols=Http2");
        using var client = new ClientWebSocket();
        client.Options.HttpVersion = HttpVersion.Version20;
        client.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        client.Options.CollectHttpResponseDetails = true;
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler());

        await Assert.ThrowsAsync<WebSocketException>(
            () => client.ConnectAsync(new UriBuilder(gateway.Url) { Scheme = "ws", Path = "/chat" }.Uri, invoker, Cancel));

        Assert.Equal(HttpStatusCode.NotFound, client.HttpStatusCode);
    }

    [Fact]
    public async Task Connections_Open_AreCounted()
    {
        var node = StartScripted("a", EchoBytesAsync);
        var gateway = await StartGatewayAsync([node]);
        var admin = OpenAdmin(gateway);
        var client = await RawConnection.OpenAsync(gateway.Url);
        await client.SendAsync(Handshake("/chat"));
        await client.ReadResponseAsync();

        await Eventually.HoldsAsync(async () => (await NodeAsync(admin, "a")).GetProperty("connections").GetProperty("webSockets").GetInt32() == 1);
        await client.DisposeAsync();
        await Eventually.HoldsAsync(async () => (await NodeAsync(admin, "a")).GetProperty("connections").GetProperty("total").GetInt32() == 0);
    }

    private static string Handshake(string target) =>
        $"GET {target} HTTP/1.1\r\nHost: hub.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {Key}\r\n\r\n";

    // A masked binary frame with a payload of any bytes (RFC 6455, 5.2).
    private static string ClientFrame(int size, Random random)
    {
        var length = size switch
        {
            < 126 => $"{(char)(0x80 | size)}",
            < 65_536 => $"{(char)(0x80 | 126)}{(char)(size >> 8)}{(char)(size & 0xFF)}",
            _ => $"{(char)(0x80 | 127)}\0\0\0\0{(char)(size >> 24)}{(char)((size >> 16) & 0xFF)}{(char)((size >> 8) & 0xFF)}{(char)(size & 0xFF)}",
        };
        var payload = new byte[size + 4];
        random.NextBytes(payload);
        return $"\u0082{length}{Encoding.Latin1.GetString(payload)}";
    }

    private static async Task EchoBytesAsync(ScriptedExchange exchange)
    {
        await exchange.AcceptWebSocketAsync();
        await EchoAsync(exchange);
    }

    private static async Task EchoAsync(ScriptedExchange exchange)
    {
        while (await exchange.Connection.ReadAnyAsync() is { } bytes)
        {
            await exchange.SendAsync(bytes);
        }
    }

    // Text frames of up to 125 bytes, unmasked on their way back.
    private static async Task EchoFramesAsync(ScriptedExchange exchange)
    {
        await exchange.AcceptWebSocketAsync("Sec-WebSocket-Protocol: two");
        while (true)
        {
            var head = await exchange.Connection.ReadAsync(6);
            var payload = await exchange.Connection.ReadAsync(head[1] & 0x7F);
            var text = string.Concat(payload.Select((c, i) => (char)(c ^ head[2 + (i % 4)])));
            await exchange.SendAsync(string.Create(CultureInfo.InvariantCulture, $"{head[0]}{(char)text.Length}{text}"));
        }
    }
}
