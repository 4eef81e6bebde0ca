using System.Net;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Forwarding;

/// <summary>What the client gets of a node's answer.</summary>
public sealed class ResponseTests : FunctionalTestBed
{
    [Fact]
    public async Task Fields_NominatedByConnection_EndAtTheGateway()
    {
        var answer = await AnswerAsync("HTTP/1.1 200 OK\r\nConnection: X-Hop, X-Other\r\nX-Hop: 1\r\nX-Other: 2\r\nX-Stays: 3\r\nContent-Length: 2\r\n\r\nok");

        Assert.Equal("ok", answer.Body);
        Assert.Empty(answer.All("X-Hop"));
        Assert.Empty(answer.All("X-Other"));
        Assert.Equal("3", answer.Field("X-Stays"));
    }

    [Fact]
    public async Task Fields_ThatMatterToTheClient_CannotBeNominatedAway()
    {
        var answer = await AnswerAsync("HTTP/1.1 200 OK\r\nConnection: Set-Cookie, Content-Type, Content-Length\r\nSet-Cookie: a=b\r\nContent-Type: text/x\r\nContent-Length: 2\r\n\r\nok");

        Assert.Contains("a=b", answer.All("Set-Cookie"));
        Assert.Equal("text/x", answer.Field("Content-Type"));
        Assert.Equal("2", answer.Field("Content-Length"));
    }

    [Fact]
    public async Task Fields_ThatBelongToTheConnection_EndAtTheGateway()
    {
        var answer = await AnswerAsync(
            "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\nProxy-Connection: x\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\nok");

        Assert.Empty(answer.All("Keep-Alive"));
        Assert.Empty(answer.All("Upgrade"));
        Assert.Empty(answer.All("Connection"));
    }

    [Fact]
    public async Task Fields_OfTheApplication_PassUnchanged()
    {
        var bytes = new string([.. Enumerable.Range(0xA0, 0x60).Select(i => (char)i)]);
        var answer = await AnswerAsync($"HTTP/1.1 418 Teapot \u00e9\r\nServer: node\r\nX-Bytes: {bytes}\r\nSet-Cookie: a={RawMessage.Utf8("ü")}; Path=/\r\nSet-Cookie: b=2; Expires=Thu, 31 Dec 2037 23:55:55 GMT\r\n"
            + "WWW-Authenticate: Bearer\r\nLocation: /a%2Fb?c=\u00fc\r\nX-Empty:\r\nContent-Length: 0\r\n\r\n");

        Assert.Equal(418, answer.Status);
        Assert.Equal(bytes, answer.Field("X-Bytes"));
        Assert.Equal([$"a={RawMessage.Utf8("ü")}; Path=/", "b=2; Expires=Thu, 31 Dec 2037 23:55:55 GMT"], answer.All("Set-Cookie").Take(2));
        Assert.Equal("Bearer", answer.Field("WWW-Authenticate"));
        Assert.Equal("/a%2Fb?c=\u00fc", answer.Field("Location"));
        Assert.Equal("", answer.Field("X-Empty"));
        Assert.Equal("node", answer.Field("Server"));
    }

    /// <summary>The gateway names itself in nothing.</summary>
    [Fact]
    public async Task Server_OfTheGateway_IsNotSaid()
    {
        var answer = await AnswerAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");

        Assert.Empty(answer.All("Server"));
        Assert.Empty(answer.All("X-Affinity-Outcome"));
        Assert.Empty(answer.All("X-Affinity-Node"));
    }

    [Fact]
    public async Task Diagnostics_WhenAskedFor_AreInEveryAnswer()
    {
        var node = StartScripted("a");
        var gateway = await StartGatewayAsync([node], "--Gateway:Diagnostics:ResponseHeaders=true");

        var answer = await AskAsync(gateway, "GET", "/page");

        Assert.Equal("router", answer.Field("X-Affinity-Outcome"));
        Assert.Equal("a", answer.Field("X-Affinity-Node"));
    }

    [Theory]
    [InlineData("HTTP/1.1 000 X\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 999 X\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("HTTP/1.1 600 X\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")]
    public async Task Answer_ThatIsNotHttp_Becomes502(string bytes)
    {
        var answer = await AnswerAsync(bytes);

        Assert.Equal(502, answer.Status);
        Assert.Equal("owner-unreachable", answer.Field("X-Affinity-Outcome"));
    }

    [Theory]
    [InlineData("NONSENSE\r\n\r\n")]
    [InlineData("HTTP/1.1 2xx\r\n\r\n")]
    [InlineData("")]
    public async Task Answer_ThatCannotBeRead_Becomes502(string bytes)
    {
        var node = StartScripted("a", async exchange =>
        {
            await exchange.SendAsync(bytes);
            exchange.Connection.Reset();
        });
        var gateway = await StartGatewayAsync([node]);

        var answer = await AskAsync(gateway, "POST", "/send?id=x", "Content-Length: 0");

        Assert.Equal(502, answer.Status);
        Assert.Equal("owner-unreachable", answer.Field("X-Affinity-Outcome"));
        Assert.Equal("The hub node cannot be reached.", answer.Body);
        Assert.Single(node.Requests);
    }

    [Fact]
    public async Task Answer_WithInterimOnesBefore_IsTheFinalOne()
    {
        var answer = await AnswerAsync("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");

        Assert.Equal(200, answer.Status);
        Assert.Equal("ok", answer.Body);
    }

    [Theory]
    [InlineData("GET", 204, "")]
    [InlineData("GET", 204, "Content-Length: 2\r\n")]
    [InlineData("GET", 205, "Content-Length: 0\r\n")]
    [InlineData("GET", 304, "ETag: \"x\"\r\nContent-Length: 9\r\n")]
    [InlineData("HEAD", 200, "Content-Length: 1234\r\n")]
    [InlineData("HEAD", 404, "Transfer-Encoding: chunked\r\n")]
    public async Task Answer_WithoutBody_LeavesTheConnectionUsable(string method, int status, string fields)
    {
        var node = StartScripted("a", async exchange =>
        {
            if (exchange.Request.Target == "/bare")
            {
                await exchange.SendAsync($"HTTP/1.1 {status} X\r\n{fields}\r\n");
            }
            else
            {
                await exchange.AnswerNameAsync();
            }
        });
        var gateway = await StartGatewayAsync([node]);
        await using var client = await RawConnection.OpenAsync(gateway.Url);

        await client.SendAsync($"{method} /bare HTTP/1.1\r\nHost: h\r\n\r\nGET /next HTTP/1.1\r\nHost: h\r\n\r\n");
        var bare = await client.ReadResponseAsync(method);

        Assert.Equal(status, bare.Status);
        if (method is "HEAD" && fields.StartsWith("Content-Length", StringComparison.Ordinal))
        {
            Assert.Equal("1234", bare.Field("Content-Length"));
        }

        Assert.Equal("a", (await client.ReadResponseAsync()).Body);
    }

    /// <summary>Kestrel has no trailers in HTTP/1.1; RFC 9110, 6.5.1 lets an intermediary drop them.</summary>
    [Fact]
    public async Task Trailers_ReachAnHttp2Client()
    {
        var node = StartScripted("a", static exchange => exchange.SendAsync(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 7\r\n\r\n"));
        var gateway = await StartGatewayAsync([node], "--Kestrel:EndpointDefaults:Protocols=Http2");
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, gateway.Url)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact
        };

        using var answer = await client.SendAsync(request, Cancel);

        Assert.Equal("ok", await answer.Content.ReadAsStringAsync(Cancel));
        Assert.Equal("7", Assert.Single(answer.TrailingHeaders.GetValues("X-Sum")));
    }

    [Theory]
    [InlineData("Content-Length: 10\r\n\r\nhalf")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")]
    public async Task Answer_CutInTheMiddle_IsCutForTheClientToo(string rest)
    {
        var node = StartScripted("a", async exchange =>
        {
            await exchange.SendAsync("HTTP/1.1 200 OK\r\n" + rest);
            await exchange.Connection.DisposeAsync();
        });
        var gateway = await StartGatewayAsync([node]);
        await using var client = await RawConnection.OpenAsync(gateway.Url);

        await client.SendAsync("GET /page HTTP/1.1\r\nHost: h\r\n\r\n");
        var seen = await client.ReadToEndAsync();

        // How much of it arrives before the connection is cut depends on timing; what counts is that nothing looks like a good end.
        Assert.DoesNotContain("\r\n0\r\n", seen, StringComparison.Ordinal);
        Assert.DoesNotContain("HTTP/1.1 502", seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Client_ThatLeaves_EndsTheRequestAtTheNode()
    {
        var ended = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var node = StartScripted("a", async exchange => ended.SetResult(await exchange.Connection.ReadToEndAsync()));
        var gateway = await StartGatewayAsync([node]);
        var client = await RawConnection.OpenAsync(gateway.Url);

        await client.SendAsync("GET /chat?id=x HTTP/1.1\r\nHost: h\r\n\r\n");
        await node.FirstRequestAsync();
        await client.DisposeAsync();

        Assert.Equal("", await Eventually.CompletesAsync(ended.Task));
    }

    private async Task<RawMessage> AnswerAsync(string bytes)
    {
        var node = StartScripted("a", exchange => exchange.SendAsync(bytes));
        var gateway = await StartGatewayAsync([node]);
        return await AskAsync(gateway, "GET", "/page");
    }
}
