using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Requests;

/// <summary>Requests that leave open where they end or which server they are for: refused, and what follows them on their connection is never read.</summary>
public sealed class HostileRequestTests : FunctionalTestBed
{
    private const string Smuggled = "GET /smuggled HTTP/1.1\r\nHost: hub.example\r\n\r\n";

    /// <summary>What Kestrel lets through and the gateway refuses (RFC 9112, 3.2, 6.1 and 6.3).</summary>
    [Theory]
    [InlineData("POST /chat HTTP/1.1\r\nHost: hub.example\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("POST /chat HTTP/1.1\r\nHost: hub.example\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n")]
    [InlineData("POST /chat HTTP/1.1\r\nHost: hub.example\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("POST /chat HTTP/1.1\r\nHost: hub.example\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("POST /chat HTTP/1.1\r\nHost: hub.example\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("POST /chat HTTP/1.1\r\nHost: hub.example\r\nTransfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("POST /chat HTTP/1.0\r\nHost: hub.example\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("POST /chat/negotiate?negotiateVersion=1 HTTP/1.1\r\nHost: hub.example\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("GET /chat#fragment HTTP/1.1\r\nHost: hub.example\r\n\r\n")]
    [InlineData("GET /chat?id=a#b HTTP/1.1\r\nHost: hub.example\r\n\r\n")]
    [InlineData("CONNECT hub.example:443 HTTP/1.1\r\nHost: hub.example:443\r\n\r\n")]
    [InlineData("GET /a\u0001b HTTP/1.1\r\nHost: hub.example\r\n\r\n")]
    [InlineData("GET /\u007f?id=x HTTP/1.1\r\nHost: hub.example\r\n\r\n")]
    [InlineData("get /chat HTTP/1.1\r\nHost: hub.example\r\n\r\n")]
    [InlineData("Post /chat HTTP/1.1\r\nHost: hub.example\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: hub.example:99999\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: hub..example\r\n\r\n")]
    public async Task Request_KestrelAccepts_GatewayRefusesAndCloses(string request)
    {
        var node = StartScripted("a");
        var gateway = await StartGatewayAsync([node]);
        await using var client = await RawConnection.OpenAsync(gateway.Url);

        await client.SendAsync(request + Smuggled);
        var answer = await client.ReadResponseAsync();

        Assert.Equal(400, answer.Status);
        Assert.Equal("bad-request", answer.Field("X-Affinity-Outcome"));
        Assert.Equal("close", answer.Field("Connection"));
        Assert.Equal("", await client.ReadToEndAsync());
        Assert.Empty(node.Requests);
    }

    /// <summary>What Kestrel refuses by itself (RFC 9112, 2.2, 3.2, 5 and 7.1); held here because everything behind it relies on it.</summary>
    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: hub.example\r\nHost: other.example\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a b\r\n\r\n")]
    [InlineData("GET http://other.example/ HTTP/1.1\r\nHost: hub.example\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\nHost: hub.example\n\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: hub.example\nX-Other: 1\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: hub.example\r\nX-Text: a\0b\r\n\r\n")]
    [InlineData("GET /\0 HTTP/1.1\r\nHost: hub.example\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: hub.example\r\nX-Folded: a\r\n b\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: hub.example\r\nX-Name : a\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\n Host: hub.example\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: hub.example\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab")]
    [InlineData("POST / HTTP/1.1\r\nHost: hub.example\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: hub.example\r\nContent-Length: 1, 1\r\n\r\na")]
    [InlineData("POST / HTTP/1.1\r\nHost: hub.example\r\nTransfer-Encoding: identity\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: hub.example\r\nContent-Length: +1\r\n\r\na")]
    [InlineData("POST / HTTP/1.1\r\nHost: hub.example\r\nContent-Length: -0\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: hub.example\r\nContent-Length: \v1\r\n\r\na")]
    [InlineData("POST / HTTP/1.1\r\nHost: hub.example\r\nContent-Length: 0x1\r\n\r\na")]
    [InlineData("POST / HTTP/1.1\r\nHost: hub.example\r\nContent-Length:\r\n\r\n")]
    [InlineData("GET / HTTP/9.9\r\nHost: hub.example\r\n\r\n")]
    public async Task Request_Malformed_IsRefusedAndNothingReachesANode(string request)
    {
        var node = StartScripted("a");
        var gateway = await StartGatewayAsync([node]);
        await using var client = await RawConnection.OpenAsync(gateway.Url);

        await client.SendAsync(request + Smuggled);
        var answer = await client.ReadResponseAsync();

        Assert.InRange(answer.Status, 400, 505);
        Assert.Equal("", await client.ReadToEndAsync());
        Assert.Empty(node.Requests);
    }

    /// <summary>RFC 9110, 5.1 and 5.6.2: the name of a field is a token.</summary>
    [Theory]
    [InlineData("(")]
    [InlineData(")")]
    [InlineData("/")]
    [InlineData(";")]
    [InlineData("<")]
    [InlineData("=")]
    [InlineData(">")]
    [InlineData("?")]
    [InlineData("@")]
    [InlineData("[")]
    [InlineData("\\")]
    [InlineData("]")]
    [InlineData("{")]
    [InlineData("}")]
    [InlineData("\"")]
    [InlineData(",")]
    [InlineData(" ")]
    [InlineData("\t")]
    [InlineData("\u0001")]
    [InlineData("\u007f")]
    [InlineData("\u00e9")]
    public async Task Field_WhoseNameIsNoToken_IsRefused(string character)
    {
        var node = StartScripted("a");
        var gateway = await StartGatewayAsync([node]);
        await using var client = await RawConnection.OpenAsync(gateway.Url);

        await client.SendAsync($"GET / HTTP/1.1\r\nHost: hub.example\r\nX{character}Name: 1\r\n\r\n{Smuggled}");
        var answer = await client.ReadResponseAsync();

        Assert.Equal(400, answer.Status);
        Assert.Equal("", await client.ReadToEndAsync());
        Assert.Empty(node.Requests);
    }

    [Fact]
    public async Task Field_WithEveryCharacterOfATokenInItsName_ReachesTheNode()
    {
        var node = StartScripted("a");
        var gateway = await StartGatewayAsync([node]);

        Assert.Equal(200, (await AskAsync(gateway, "GET", "/", "X!#$%&'*+-.^_`|~09azAZ: 1")).Status);
        Assert.Equal("1", Assert.Single(node.Requests).Field("X!#$%&'*+-.^_`|~09azAZ"));
    }

    /// <summary>One byte of body in 8 KiB of what is passed over: the body never ends, and costs its node and the gateway next to nothing to see.</summary>
    [Fact]
    public async Task Chunks_WithFarMoreAroundThemThanInThem_AreRefused()
    {
        var node = StartScripted("a");
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only connections on event loops are counted, which need Linux.");
        var gateway = await StartGatewayAsync([node], "--Gateway:Tunnel=auto");
        await using var client = await RawConnection.OpenAsync(gateway.Url);
        var chunk = $"1;{new string('x', 8 * 1024)}\r\na\r\n";

        await client.SendAsync("POST /chat HTTP/1.1\r\nHost: hub.example\r\nTransfer-Encoding: chunked\r\n\r\n");
        var answer = client.ReadResponseAsync();
        for (var i = 0; i < 10_000 && !answer.IsCompleted; i++)
        {
            await client.SendAsync(chunk);
        }

        Assert.Equal(400, (await answer).Status);
    }

    /// <summary>What clients send that write byte by byte, and large bodies.</summary>
    [Theory]
    [InlineData(1, 20_000)]
    [InlineData(4096, 500)]
    public async Task Chunks_ManyAndPlain_ReachTheNodeWhole(int size, int count)
    {
        var node = StartScripted("a");
        var gateway = await StartGatewayAsync([node]);
        await using var client = await RawConnection.OpenAsync(gateway.Url);
        var chunk = $"{size:x}\r\n{new string('a', size)}\r\n";

        await client.SendAsync("POST /chat HTTP/1.1\r\nHost: hub.example\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (var i = 0; i < count; i++)
        {
            await client.SendAsync(chunk);
        }

        await client.SendAsync("0\r\n\r\n");

        Assert.Equal(200, (await client.ReadResponseAsync()).Status);
        Assert.Equal(size * count, Assert.Single(node.Requests).Body.Length);
    }

    /// <summary>CVE-2025-55315: a bare line feed inside a chunk extension ends the line for some parsers and not for others.</summary>
    [Theory]
    [InlineData("2;\n\r\nab\r\n0\r\n\r\n")]
    [InlineData("2;a=b\nxx\r\nab\r\n0\r\n\r\n")]
    [InlineData("2\nab\r\n0\r\n\r\n")]
    [InlineData("2\r\nab0\r\n\r\n")]
    [InlineData("0x2\r\nab\r\n0\r\n\r\n")]
    [InlineData("-2\r\nab\r\n0\r\n\r\n")]
    [InlineData("fffffffffffffffff\r\nab\r\n0\r\n\r\n")]
    public async Task Chunks_Malformed_NothingBehindThemReachesANode(string body)
    {
        var node = StartScripted("a");
        var gateway = await StartGatewayAsync([node]);
        await using var client = await RawConnection.OpenAsync(gateway.Url);

        await client.SendAsync("POST /chat HTTP/1.1\r\nHost: hub.example\r\nTransfer-Encoding: chunked\r\n\r\n" + body + Smuggled);
        var answers = await client.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 400", answers, StringComparison.Ordinal);
        Assert.Equal(0, answers.LastIndexOf("HTTP/1.1 ", StringComparison.Ordinal));
        Assert.DoesNotContain(node.Requests, request => request.Target == "/smuggled");
    }

    [Fact]
    public async Task Chunks_WithExtensionsAndTrailers_ReachTheNodeAsOneBody()
    {
        var node = StartScripted("a");
        var gateway = await StartGatewayAsync([node]);

        var answer = await AskAsync(
            gateway, "POST /chat HTTP/1.1\r\nHost: hub.example\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nab\r\n1;\"q\"\r\nc\r\n0\r\nX-Trailer: 1\r\n\r\n");

        Assert.Equal(200, answer.Status);
        Assert.Equal("abc", Assert.Single(node.Requests).Body);
    }

    /// <summary>RFC 9112, 3.2.2: the target's host counts; the node gets origin form.</summary>
    [Fact]
    public async Task Target_InAbsoluteForm_ReachesTheNodeInOriginForm()
    {
        var node = StartScripted("a");
        var gateway = await StartGatewayAsync([node]);

        var answer = await AskAsync(gateway, "GET http://hub.example/page?a=%2F HTTP/1.1\r\nHost: hub.example\r\n\r\n");

        Assert.Equal(200, answer.Status);
        var request = Assert.Single(node.Requests);
        Assert.Equal("/page?a=%2F", request.Target);
        Assert.Equal("hub.example", request.Field("Host"));
    }

    /// <summary>An upgrade to anything but WebSocket would turn the gateway into a pipe whose requests are not checked (h2c smuggling).</summary>
    [Theory]
    [InlineData("Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA")]
    [InlineData("Upgrade: SPDY/3.1", "Connection: Upgrade")]
    [InlineData("Upgrade: websocket, h2c", "Connection: Upgrade")]
    [InlineData("Upgrade: h2c, websocket", "Connection: Upgrade")]
    [InlineData("Upgrade: websocket", "Upgrade: h2c", "Connection: Upgrade")]
    [InlineData("Upgrade: websocket/13", "Connection: Upgrade")]
    [InlineData("Upgrade: anything", "Connection: Upgrade")]
    public async Task Upgrade_NotExactlyWebSocket_ReachesTheNodeAsAnOrdinaryRequest(params string[] fields)
    {
        var node = StartScripted("a");
        var gateway = await StartGatewayAsync([node]);

        var answer = await AskAsync(gateway, "GET", "/chat", fields);

        Assert.Equal(200, answer.Status);
        var request = Assert.Single(node.Requests);
        Assert.Empty(request.All("Upgrade"));
        Assert.Empty(request.All("HTTP2-Settings"));
        Assert.DoesNotContain("upgrade", string.Join(',', request.All("Connection")), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Upgrade_WithoutConnectionUpgrade_IsNotForwarded()
    {
        var node = StartScripted("a");
        var gateway = await StartGatewayAsync([node]);

        await AskAsync(gateway, "GET", "/chat", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");

        Assert.Empty(Assert.Single(node.Requests).All("Upgrade"));
    }

    [Fact]
    public async Task Upgrade_ByPost_IsNotForwarded()
    {
        var node = StartScripted("a");
        var gateway = await StartGatewayAsync([node]);

        await AskAsync(gateway, "POST", "/chat", "Content-Length: 0", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");

        var request = Assert.Single(node.Requests);
        Assert.Equal("POST", request.Method);
        Assert.Empty(request.All("Upgrade"));
    }

    [Theory]
    [InlineData(15_000, 200)]
    [InlineData(17_000, 414)]
    public async Task RequestLine_Long_IsTakenUpTo16K(int length, int status)
    {
        var node = StartScripted("a");
        var gateway = await StartGatewayAsync([node]);

        var answer = await AskAsync(gateway, "GET", "/chat?access_token=" + new string('x', length));

        Assert.Equal(status, answer.Status);
        Assert.Equal(status == 200 ? 1 : 0, node.Requests.Count);
    }

    [Theory]
    [InlineData(1, 40_000)]
    [InlineData(120, 10)]
    public async Task Headers_TooLargeOrTooMany_AreRefused(int count, int length)
    {
        var node = StartScripted("a");
        var gateway = await StartGatewayAsync([node]);

        var answer = await AskAsync(gateway, "GET", "/chat", [.. Enumerable.Range(0, count).Select(i => $"X-Filler-{i}: {new string('x', length)}")]);

        Assert.Equal(431, answer.Status);
        Assert.Empty(node.Requests);
    }

    [Fact]
    public async Task Headers_NeverFinished_AreRefusedAfterATime()
    {
        var node = StartScripted("a");
        var gateway = await StartGatewayAsync([node]);
        await using var client = await RawConnection.OpenAsync(gateway.Url);

        await client.SendAsync("GET / HTTP/1.1\r\nHost: hub.example\r\nX-Slow: ");
        var answer = await client.ReadResponseAsync();

        Assert.Equal(408, answer.Status);
        Assert.Empty(node.Requests);
    }

    [Fact]
    public async Task Requests_Pipelined_AreAnsweredInOrder()
    {
        var node = StartScripted("a", static exchange => exchange.AnswerAsync(200, exchange.Request.Target));
        var gateway = await StartGatewayAsync([node]);
        await using var client = await RawConnection.OpenAsync(gateway.Url);

        await client.SendAsync(
            "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nPOST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nabGET /3 HTTP/1.1\r\nHost: h\r\n\r\n");

        Assert.Equal("/1", (await client.ReadResponseAsync()).Body);
        Assert.Equal("/2", (await client.ReadResponseAsync()).Body);
        Assert.Equal("/3", (await client.ReadResponseAsync()).Body);
    }
}
