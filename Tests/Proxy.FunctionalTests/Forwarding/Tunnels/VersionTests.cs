using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Forwarding.Tunnels;

/// <summary>A WebSocket is the same whichever version of HTTP its client and its node speak.</summary>
public sealed class VersionTests : TunnelTestBed
{
    public static TheoryData<string, string> Versions => new() { { "http1", "http1" }, { "http1", "http2" }, { "http2", "http1" }, { "http2", "http2" } };

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Messages_WithSubprotocolAndCompression_PassAndAreCounted(string client, string node)
    {
        var echo = await StartTunnelNodeAsync(
            "a", node, static context => EchoAsync(context, new() { SubProtocol = "two", DangerousEnableCompression = true }));
        var gateway = await StartGatewayAsync(node, echo, ListenFor(client));
        var (socket, connectAsync) = CreateClient(client);
        using var _ = socket;
        socket.Options.AddSubProtocol("one");
        socket.Options.AddSubProtocol("two");
        socket.Options.DangerousDeflateOptions = new WebSocketDeflateOptions();
        socket.Options.SetRequestHeader("Origin", "https://page.example");

        await connectAsync(gateway, "/chat");

        Assert.Equal("two", socket.SubProtocol);
        var text = new string('x', 100_000);
        foreach (var message in new[] { "hello", "", text })
        {
            Assert.Equal(message, await EchoAsync(socket, message));
        }

        var connection = await OnlyConnectionAsync(gateway);
        Assert.InRange(connection.GetProperty("bytesIn").GetInt64(), 20, 20_000); // compressed
        Assert.InRange(connection.GetProperty("bytesOut").GetInt64(), 20, 20_000);
        Assert.True(await gateway.Admin.MetricAsync("gateway_tunnel_messages_total") >= 6);
        var request = Assert.Single(echo.Requests);
        Assert.Equal(node is "http2" ? ("CONNECT", "HTTP/2") : ("GET", "HTTP/1.1"), (request.Method, request.Protocol));
        Assert.Equal("https://page.example", request.Fields["Origin"]);
        Assert.Equal(node is "http1", request.Fields.ContainsKey("Sec-WebSocket-Key"));
        Assert.Equal("13", request.Fields["Sec-WebSocket-Version"]);

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Cancel);
        await AllGoneAsync(gateway);
    }

    [Theory]
    [InlineData("http1")]
    [InlineData("http2")]
    public async Task Traffic_OfANode_IsCountedToTheByte(string node)
    {
        var gateway = await StartGatewayAsync(node, await StartTunnelNodeAsync("a", node, EchoAsync));
        await using var client = await OpenRawAsync(gateway);

        await client.SendAsync("\u0081\u0083\0\0\0\0abc\u0001\u0082\0\0\0\0de\u0080\u0081\0\0\0\0f"); // the second message is in two fragments
        Assert.Equal("\u0081\u0003abc\u0001\u0002de\u0080\u0001f", await client.ReadAsync(12));

        var connection = await OnlyConnectionAsync(gateway);
        Assert.Equal((24, 12), (connection.GetProperty("bytesIn").GetInt64(), connection.GetProperty("bytesOut").GetInt64()));
        Assert.Equal(4, await gateway.Admin.MetricAsync("gateway_tunnel_messages_total"));
        Assert.Equal(36, await gateway.Admin.MetricAsync("gateway_tunnel_io_bytes_total"));
        Assert.Equal(1, await gateway.Admin.MetricAsync("gateway_tunnels"));
    }

    [Theory]
    [InlineData("http1", "auto", 0)]
    [InlineData("http1", "stream", 0)]
    [InlineData("http2", "auto", 1)] // the pool keeps it for the next stream
    [InlineData("http2", "stream", 1)]
    public async Task TcpConnections_OfANode_AreCounted(string node, string tunnel, int left)
    {
        var gateway = await StartGatewayAsync(node, await StartTunnelNodeAsync("a", node, EchoAsync), "--Gateway:Tunnel=" + tunnel);
        using var one = await ConnectAsync("http1", gateway);
        using var two = await ConnectAsync("http1", gateway);
        Assert.Equal("hello", await EchoAsync(one, "hello"));
        Assert.Equal("hello", await EchoAsync(two, "hello"));

        await CountIsAsync(node is "http1" ? 2 : 1);
        await one.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Cancel);
        await two.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Cancel);
        await AllGoneAsync(gateway);
        await CountIsAsync(left);

        Task CountIsAsync(int expected) => NodeIsAsync(
            gateway, "a", shown => shown.GetProperty("tcpConnections").GetInt32() == expected, $"has {expected} TCP connections");
    }

    [Fact]
    public async Task TcpConnections_OfANodeThatRefuses_AreNotForgotten()
    {
        var node = StartScripted("a", static exchange => exchange.AnswerAsync(404, "no", "Connection: close"));
        var gateway = await StartGatewayAsync([node]);

        Assert.Equal(404, (await AskAsync(gateway, Handshake)).Status);

        await NodeIsAsync(gateway, "a", static shown => shown.GetProperty("tcpConnections").GetInt32() == 0, "has no TCP connection");
        Assert.Equal(0, await gateway.Admin.MetricAsync("gateway_node_tcp_connections"));
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Refusal_OfTheNode_IsRelayed(string client, string node)
    {
        var refusing = await StartTunnelNodeAsync("a", node, static context =>
        {
            context.Response.StatusCode = 401;
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return context.Response.WriteAsync("no");
        });
        var gateway = await StartGatewayAsync(node, refusing, ListenFor(client));
        var (socket, connectAsync) = CreateClient(client);
        using var _ = socket;

        await Assert.ThrowsAsync<WebSocketException>(() => connectAsync(gateway, "/chat"));

        Assert.Equal(401, (int)socket.HttpStatusCode);
        Assert.Equal(["Bearer"], socket.HttpResponseHeaders!["WWW-Authenticate"]);
        await AllGoneAsync(gateway);
    }

    /// <summary>The field that proves to a client of HTTP/1.1 that it was understood is the gateway's own where the node's version has none.</summary>
    [Fact]
    public async Task Handshake_WithAnHttp2Node_IsAnsweredAsHttp1()
    {
        var node = await StartTunnelNodeAsync("a", "http2", static context =>
        {
            context.Response.Headers["X-Node"] = "1";
            context.Response.Headers["Sec-WebSocket-Accept"] = "of the node's own";
            return EchoAsync(context);
        });
        var gateway = await StartGatewayAsync("http2", node);
        await using var client = await RawConnection.OpenAsync(gateway.Url);

        await client.SendAsync(Handshake);
        var answer = await client.ReadResponseAsync();

        Assert.Equal("HTTP/1.1 101 Switching Protocols", answer.StartLine);
        Assert.Equal(Accept, Assert.Single(answer.All("Sec-WebSocket-Accept")));
        Assert.Equal("websocket", Assert.Single(answer.All("Upgrade")));
        Assert.Equal("Upgrade", Assert.Single(answer.All("Connection")));
        Assert.Equal("1", answer.Field("X-Node"));
        Assert.Empty(answer.All("Content-Length"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Sec-WebSocket-Key: \r\n")]
    [InlineData("Sec-WebSocket-Key: AAAA\r\n")]
    [InlineData("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZSE=\r\n")] // 17 bytes
    [InlineData("Sec-WebSocket-Key: !!!!!!!!!!!!!!!!!!!!!!==\r\n")]
    [InlineData($"Sec-WebSocket-Key: {Key}\r\nSec-WebSocket-Key: {Key}\r\n")]
    public async Task Key_ThatIsNone_IsRefusedByTheGatewayWhereTheNodeDoesNotGetIt(string key)
    {
        var node = await StartTunnelNodeAsync("a", "http2", EchoAsync);
        var gateway = await StartGatewayAsync("http2", node);

        var answer = await AskAsync(gateway, Handshake.Replace($"Sec-WebSocket-Key: {Key}\r\n", key, StringComparison.Ordinal));

        Assert.Equal(400, answer.Status);
        Assert.Empty(node.Requests);
    }

    /// <summary>A node of HTTP/2 behind TLS; one that its TLS library does not let speak HTTP/2 gets the handshake by HTTP/1.1.</summary>
    [Theory]
    [InlineData("http1", "http2")]
    [InlineData("http2", "http2")]
    [InlineData("http1", "http1")]
    [InlineData("http2", "http1")]
    public async Task NodeBehindTls_IsAskedByWhatItSpeaks(string client, string spoken)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = new CertificateRequest("CN=node", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        var node = await StartTunnelNodeAsync("a", spoken, EchoAsync, listen => listen.UseHttps(certificate));
        var gateway = await StartGatewayAsync("http2", node, ListenFor(client));
        using var socket = await ConnectAsync(client, gateway);

        Assert.Equal("hello", await EchoAsync(socket, "hello"));
        Assert.Equal(spoken is "http2" ? "HTTP/2" : "HTTP/1.1", Assert.Single(node.Requests).Protocol);
        Assert.Equal("stream", (await OnlyConnectionAsync(gateway)).GetProperty("tunnel").GetString());
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Cancel);
    }
}
