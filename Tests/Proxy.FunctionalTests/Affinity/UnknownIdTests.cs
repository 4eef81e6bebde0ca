using Proxy.Requests;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Affinity;

/// <summary>Ids that no node has given out through this gateway.</summary>
public sealed class UnknownIdTests : FunctionalTestBed
{
    /// <summary>The status and the text of ASP.NET Core's own answer (HttpConnectionDispatcher), so that clients negotiate again at once.</summary>
    [Theory]
    [InlineData("/chat?id=unknown-unknown-unknow", "unknown-id")]
    [InlineData("/chat/?id=unknown-unknown-unknow", "unknown-id")]
    [InlineData("/Chat/refresh?ID=unknown-unknown-unknow", "unknown-id")]
    [InlineData("/chat?id=T.g1AAAAAAAAAAA", "bad-tag")]
    [InlineData("/products?id=T.g1AAAAAAAAAAA", "bad-tag")]
    [InlineData("/chat?id=T%2Eg1AAAAAAAAAAA", "bad-tag")]
    public async Task Id_OnAHubPath_Gets404FromTheGateway(string target, string outcome)
    {
        var (node, gateway) = await StartAsync();

        foreach (var method in new[] { "GET", "POST", "DELETE" })
        {
            var answer = await AskAsync(gateway, method, target, "Content-Length: 0");

            Assert.Equal(404, answer.Status);
            Assert.Equal("No Connection with that ID", answer.Body);
            Assert.Equal(outcome, answer.Field("X-Affinity-Outcome"));
            Assert.Equal("text/plain", answer.Field("Content-Type"));
        }

        Assert.Single(node.Requests);
    }

    [Fact]
    public async Task Id_OfAWebSocketOnAHubPath_Gets404FromTheGateway()
    {
        var (node, gateway) = await StartAsync();

        var answer = await AskAsync(gateway, "GET", "/chat?id=unknown-unknown-unknow", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");

        Assert.Equal(404, answer.Status);
        Assert.Single(node.Requests);
    }

    [Fact]
    public async Task Id_OnAListedHub_Gets404BeforeAnyNegotiate()
    {
        var node = StartScripted("a");
        var gateway = await StartGatewayAsync([node], "--Gateway:Hubs:0=/listed");

        Assert.Equal(404, (await AskAsync(gateway, "GET", "/listed/refresh?id=unknown-unknown-unknow")).Status);
        Assert.Equal(200, (await AskAsync(gateway, "GET", "/listed/sub?id=unknown-unknown-unknow")).Status);
        Assert.Equal(200, (await AskAsync(gateway, "GET", "/listedtoo?id=unknown-unknown-unknow")).Status);
    }

    /// <summary>A controller below the hub's path, Blazor's start-up files, a page at the hub's own path: what they read in <c>id</c> is their own.</summary>
    [Theory]
    [InlineData("/chat/read?id=42")]
    [InlineData("/chat/read?id=3f2504e0-4f89-11d3-9a0c-0305e82c3301")]
    [InlineData("/chat/initializers?id=42")]
    [InlineData("/chat?id=42")]
    [InlineData("/chat/refresh?id=42")]
    public async Task Id_OfTheApplication_IsRoutedLikeAnyOtherRequest(string target)
    {
        var nodes = "ab".Select(name => StartScripted(name.ToString(), static exchange => exchange.Request.Method is "POST"
            ? exchange.AnswerNegotiateAsync("AbCdEfGhIjKlMnOpQr-_09")
            : exchange.AnswerNameAsync())).ToArray();
        var gateway = await StartGatewayAsync(nodes, "--Gateway:Router=round-robin");
        await NegotiateAsync(gateway);

        var first = await AskAsync(gateway, "GET", target);
        Assert.Equal(200, first.Status);
        var cookie = "Cookie: " + Assert.Single(first.All("Set-Cookie")).Split(';')[0];
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(first.Body, (await AskAsync(gateway, "GET", target, cookie)).Body);
        }

        Assert.Equal(404, (await AskAsync(gateway, "GET", "/chat?id=unknown-unknown-unknow")).Status);
    }

    /// <summary>It is no poll, which the gateway would answer by itself when it stops.</summary>
    [Fact]
    public async Task Id_OfTheApplication_GetsItsNodesAnswerWhileTheGatewayStops()
    {
        var answer = new TaskCompletionSource();
        var node = StartScripted("a", async exchange =>
        {
            await answer.Task.WaitAsync(Cancel);
            await exchange.AnswerNameAsync();
        });
        var gateway = await StartGatewayAsync([node]);
        var report = AskAsync(gateway, "GET", "/reports?id=42");
        await node.FirstRequestAsync();

        var stop = gateway.StopAsync();
        await Eventually.HoldsAsync(() => gateway.Log.Entries.Any(entry => entry.Message.Contains("shutting down", StringComparison.Ordinal)));
        answer.SetResult();

        Assert.Equal("a", (await report).Body);
        await stop;
    }

    /// <summary>A server of another make may hand out ids of any form; once one was seen, any value is one.</summary>
    [Fact]
    public async Task Id_OnAHubWithIdsOfAnotherForm_Gets404()
    {
        var node = StartScripted("a", static exchange => exchange.Request.Method is "POST" ? exchange.AnswerNegotiateAsync("7") : exchange.AnswerNameAsync());
        var gateway = await StartGatewayAsync([node]);
        await NegotiateAsync(gateway);

        Assert.Equal(404, (await AskAsync(gateway, "GET", "/chat?id=8")).Status);
        Assert.Equal(200, (await AskAsync(gateway, "GET", "/chat/read?id=8")).Status);
    }

    [Theory]
    [InlineData("/products?id=5")]
    [InlineData("/chats?id=5")]
    [InlineData("/?id=5")]
    [InlineData("/chat?id=")]
    [InlineData("/chat?id")]
    [InlineData("/chat?ids=5&xid=6")]
    [InlineData("/chat?sid=5")]
    public async Task Request_ThatNamesNoConnection_IsOrdinary(string target)
    {
        var (node, gateway) = await StartAsync();

        var answer = await AskAsync(gateway, "GET", target);

        Assert.Equal(200, answer.Status);
        Assert.Equal(target, node.Requests[^1].Target);
    }

    /// <summary>ASP.NET Core joins them with a comma, and no node knows the result.</summary>
    [Fact]
    public async Task Ids_TwoOfThem_Get404()
    {
        var (node, gateway) = await StartAsync();
        var known = "T.g1" + Tag.Compute(key: null, "gateway", "a");

        foreach (var query in new[] { $"id={known}&id={known}", $"id=x&id={known}", $"id={known}&ID=", "id=x&id=y" })
        {
            var answer = await AskAsync(gateway, "GET", "/chat?" + query);

            Assert.Equal(404, answer.Status);
            Assert.Equal("unknown-id", answer.Field("X-Affinity-Outcome"));
        }

        Assert.Single(node.Requests);
    }

    /// <summary>Engine.IO has its own words for it (engine.io/lib/server.ts, UNKNOWN_SID).</summary>
    [Fact]
    public async Task Sid_OfEngineIO_Gets400InItsOwnForm()
    {
        var node = StartScripted("a", static exchange => exchange.AnswerAsync(200, """0{"sid":"S"}""", "Content-Type: text/plain"));
        var gateway = await StartGatewayAsync([node]);
        await AskAsync(gateway, "GET", "/socket.io/?EIO=4&transport=polling");

        var answer = await AskAsync(gateway, "GET", "/socket.io/?EIO=4&transport=polling&sid=unknown-unknown-unknow");

        Assert.Equal(400, answer.Status);
        Assert.Equal("""{"code":1,"message":"Session ID unknown"}""", answer.Body);
        Assert.Equal("application/json", answer.Field("Content-Type"));
        Assert.Equal("unknown-id", answer.Field("X-Affinity-Outcome"));
        Assert.Single(node.Requests);
    }

    [Fact]
    public async Task Token_OfClassicSignalR_Gets404()
    {
        var node = StartScripted("a",
            static exchange => exchange.AnswerAsync(200, """{"ConnectionToken":"T","ProtocolVersion":"2.1"}""", "Content-Type: application/json"));
        var gateway = await StartGatewayAsync([node]);
        await AskAsync(gateway, "GET", "/signalr/negotiate?clientProtocol=2.1");

        var answer = await AskAsync(gateway, "GET", "/signalr/poll?connectionToken=unknown");

        Assert.Equal(404, answer.Status);
        Assert.Single(node.Requests);
    }

    /// <summary>It carries no credentials, and any node can say what the hub would allow.</summary>
    [Fact]
    public async Task Preflight_WithAnUnknownId_ReachesANode()
    {
        var (_, gateway) = await StartAsync();

        var answer = await AskAsync(gateway, "OPTIONS", "/chat?id=unknown-unknown-unknow", "Origin: https://page.example", "Access-Control-Request-Method: POST");

        Assert.Equal(200, answer.Status);
        Assert.Empty(answer.All("Set-Cookie"));
    }

    [Fact]
    public async Task Head_OfAnUnknownId_HasNoBody()
    {
        var (_, gateway) = await StartAsync();
        await using var client = await RawConnection.OpenAsync(gateway.Url);

        await client.SendAsync("HEAD /chat?id=unknown-unknown-unknow HTTP/1.1\r\nHost: h\r\n\r\nGET /page HTTP/1.1\r\nHost: h\r\n\r\n");

        Assert.Equal(404, (await client.ReadResponseAsync("HEAD")).Status);
        Assert.Equal(200, (await client.ReadResponseAsync()).Status); // a refused id says nothing about the connection
    }

    // A hub at /chat that has been negotiated with.
    private async Task<(ScriptedNode Node, TestGateway Gateway)> StartAsync()
    {
        var node = StartScripted("a", static exchange =>
            exchange.Request.Target.StartsWith("/chat/negotiate", StringComparison.Ordinal) ? exchange.AnswerNegotiateAsync("T") : exchange.AnswerNameAsync());
        var gateway = await StartGatewayAsync([node]);
        await NegotiateAsync(gateway);
        return (node, gateway);
    }
}
