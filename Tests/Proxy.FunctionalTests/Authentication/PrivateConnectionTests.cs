using System.Text.Json;
using Proxy.Requests;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Authentication;

/// <summary>A node that logs in a connection (NTLM, Negotiate) answers whatever comes on it as that user: it must come from one client only.</summary>
public sealed class PrivateConnectionTests : FunctionalTestBed
{
    private const string Get = "GET /page HTTP/1.1\r\nHost: hub.example\r\n";

    private readonly LoginScript _script = LoginScript.Ntlm;

    [Theory]
    [InlineData("auto", "NTLM")]
    [InlineData("stream", "Negotiate")]
    [InlineData("yarp", "nTLM")]
    [InlineData("auto", "Nego2")]
    [InlineData("auto", "Kerberos")]
    [InlineData("auto", "Negotiate:Kerberos")]
    public async Task User_WhoLoggedIn_IsNobodyElse(string tunnel, string scheme)
    {
        var node = StartScripted("a", _script.AnswerAsync);
        var gateway = await StartGatewayAsync([node], "--Gateway:Tunnel=" + tunnel);
        await using var alice = await LogInAsync(gateway, "alice", scheme);

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(LoginScript.Nobody, (await AskAsync(gateway, "GET", "/page")).Body);
            Assert.Equal("alice", (await AskAsync(alice, Get)).Body);
        }
    }

    [Fact]
    public async Task Client_ThatSendsCredentialsUnasked_IsAloneOnItsConnection()
    {
        var node = StartScripted("a", _script.AnswerAsync);
        var gateway = await StartGatewayAsync([node]);
        await using var alice = await RawConnection.OpenAsync(gateway.Url);
        Assert.Equal("NTLM 2-alice", (await AskAsync(alice, Get, "Authorization: NTLM 1-alice")).Field("WWW-Authenticate"));
        Assert.Equal("alice", (await AskAsync(alice, Get, "Authorization: NTLM 3-alice")).Body);

        Assert.Equal(LoginScript.Nobody, (await AskAsync(gateway, "GET", "/page")).Body);
        Assert.Equal("alice", (await AskAsync(alice, Get)).Body);
    }

    /// <summary>A client whose connection was asked has its own before it sends anything.</summary>
    [Theory]
    [InlineData("WWW-Authenticate: NTLM")]
    [InlineData("WWW-Authenticate: Basic realm=\"x, y\", negotiate")]
    [InlineData("WWW-Authenticate: Basic realm=\"x\"", "www-authenticate: NTLM")]
    [InlineData("WWW-Authenticate: Negotiate 2-x, Basic realm=\"x\"")]
    public async Task Client_ThatWasAsked_HasAConnectionOfItsOwn(params string[] challenges)
    {
        var node = StartScripted("a", new LoginScript(challenges).AnswerAsync);
        var gateway = await StartGatewayAsync([node]);
        await using var client = await RawConnection.OpenAsync(gateway.Url);
        var answer = await AskAsync(client, Get);
        Assert.Equal(401, answer.Status);
        Assert.Equal(challenges.Select(challenge => challenge[18..]), answer.All("WWW-Authenticate"));

        await AskAsync(client, Get);
        await AskAsync(client, Get);

        Assert.Equal(2, node.Accepted); // that of all clients, and the client's own
    }

    [Fact]
    public async Task Client_ThatIsAskedForOtherSchemes_SharesConnections()
    {
        var node = StartScripted("a", new LoginScript("WWW-Authenticate: Basic realm=\"NTLM, Negotiate\"", "WWW-Authenticate: Bearer").AnswerAsync);
        var gateway = await StartGatewayAsync([node]);
        await using var client = await RawConnection.OpenAsync(gateway.Url);

        await AskAsync(client, Get);
        await AskAsync(client, Get, "Authorization: Basic TlRMTQ==");
        await AskAsync(client, Get);

        Assert.Equal(1, node.Accepted);
    }

    [Fact]
    public async Task Handshakes_OfTwoClientsAtOnce_BothSucceed()
    {
        var node = StartScripted("a", _script.AnswerAsync);
        var gateway = await StartGatewayAsync([node]);
        await using var alice = await RawConnection.OpenAsync(gateway.Url);
        await using var bob = await RawConnection.OpenAsync(gateway.Url);

        foreach (var step in (int[])[1, 3])
        {
            foreach (var (client, user) in ((RawConnection, string)[])[(alice, "alice"), (bob, "bob")])
            {
                var answer = await AskAsync(client, Get, $"Authorization: NTLM {step}-{user}");
                Assert.Equal(step is 1 ? LoginScript.Nobody : user, answer.Body);
            }
        }

        Assert.Equal("alice", (await AskAsync(alice, Get)).Body);
        Assert.Equal("bob", (await AskAsync(bob, Get)).Body);
        Assert.Equal(2, _script.Asked.Count);
    }

    /// <summary>The second message of a handshake has neither an id nor a cookie, and only one node knows the first.</summary>
    [Theory]
    [InlineData("random")]
    [InlineData("round-robin")]
    public async Task Handshakes_WithSeveralNodes_StayOnTheNodeOfTheFirstMessage(string router)
    {
        ScriptedNode[] nodes = [.. "abc".Select(name => StartScripted(name.ToString(), _script.AnswerAsync))];
        var gateway = await StartGatewayAsync(nodes, "--Gateway:Router=" + router, "--Gateway:Diagnostics:ResponseHeaders=true");

        for (var i = 0; i < 8; i++)
        {
            await using var client = await RawConnection.OpenAsync(gateway.Url);
            Assert.Equal(401, (await AskAsync(client, Get)).Status);
            var asked = await AskAsync(client, Get, "Authorization: NTLM 1-carol");
            var answer = await AskAsync(client, Get, "Authorization: NTLM 3-carol");
            Assert.Equal("carol", answer.Body);
            Assert.Equal("private-connection", answer.Field("X-Affinity-Outcome"));
            Assert.Equal(asked.Field("X-Affinity-Node"), answer.Field("X-Affinity-Node"));
        }
    }

    /// <summary>A hub's client logs in by its negotiate, and goes on with the node that has answered that.</summary>
    [Fact]
    public async Task Hub_WithSeveralNodes_IsUsedByTheUser()
    {
        ScriptedNode[] nodes = [.. "abc".Select(name => StartScripted(name.ToString(), _script.AnswerAsync))];
        var gateway = await StartGatewayAsync(nodes);
        const string negotiate = "POST /hub/negotiate?negotiateVersion=1 HTTP/1.1\r\nHost: hub.example\r\nContent-Length: 0\r\n";

        for (var i = 0; i < 4; i++)
        {
            await using var client = await RawConnection.OpenAsync(gateway.Url);
            Assert.Equal(401, (await AskAsync(client, negotiate)).Status);
            Assert.Equal(401, (await AskAsync(client, negotiate, "Authorization: Negotiate 1-dave")).Status);
            var negotiated = await AskAsync(client, negotiate, "Authorization: Negotiate 3-dave");
            var token = JsonDocument.Parse(negotiated.Body).RootElement.GetProperty("connectionToken").GetString()!;
            Assert.StartsWith("token-of-dave" + Tag.Prefix, token, StringComparison.Ordinal);

            Assert.Equal("dave", (await AskAsync(client, $"GET /hub?id={token} HTTP/1.1\r\nHost: hub.example\r\n")).Body);
            Assert.Equal(LoginScript.Nobody, (await AskAsync(gateway, "GET", $"/hub?id={token}")).Body);
        }
    }

    [Fact]
    public async Task Requests_OfEveryKind_TakeTheClientsOwnConnection()
    {
        var node = StartScripted("a", _script.AnswerAsync);
        var gateway = await StartGatewayAsync([node]);
        await using var alice = await LogInAsync(gateway, "alice");
        var accepted = node.Accepted;
        var id = "?id=T" + Tag.Prefix + Tag.Compute(key: null, "gateway", "a");

        Assert.Equal("alice", (await AskAsync(alice, $"GET /chat{id} HTTP/1.1\r\nHost: hub.example\r\n")).Body); // a poll
        Assert.Contains("data: alice", (await AskAsync(alice, $"GET /chat{id} HTTP/1.1\r\nHost: hub.example\r\n", "Accept: text/event-stream")).Body);
        await alice.SendAsync($"POST /chat{id} HTTP/1.1\r\nHost: hub.example\r\nContent-Length: 5\r\n\r\nhello");
        Assert.Equal("alicehello", (await alice.ReadResponseAsync()).Body);
        await alice.SendAsync("PUT /file HTTP/1.1\r\nHost: hub.example\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
        Assert.Equal("aliceabc", (await alice.ReadResponseAsync()).Body);
        Assert.Equal(200, (await AskAsync(alice, "DELETE /chat" + id + " HTTP/1.1\r\nHost: hub.example\r\n")).Status);
        Assert.Equal("alice", (await AskAsync(alice, "POST /chat/negotiate?negotiateVersion=1 HTTP/1.1\r\nHost: hub.example\r\n", "Content-Length: 0")).Body);
        await alice.SendAsync($"{Get}\r\n{Get}\r\n"); // pipelined
        Assert.Equal("alice", (await alice.ReadResponseAsync()).Body);
        Assert.Equal("alice", (await alice.ReadResponseAsync()).Body);

        Assert.Equal(accepted, node.Accepted);
        Assert.Equal(LoginScript.Nobody, (await AskAsync(gateway, "GET", "/page")).Body);
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("handoff")]
    [InlineData("stream")]
    [InlineData("yarp")]
    public async Task WebSocket_OfAnAuthenticatedClient_TakesItsConnection(string tunnel)
    {
        var node = StartScripted("a", _script.AnswerAsync);
        var gateway = await StartGatewayAsync([node], "--Gateway:Tunnel=" + tunnel);
        await using var alice = await LogInAsync(gateway, "alice");
        var accepted = node.Accepted;

        Assert.Equal(101, (await AskAsync(alice, Get, WebSocketFields)).Status);
        Assert.Equal(LoginScript.Frame("alice"), await alice.ReadAsync(7));
        await alice.SendAsync("\u0081\u0080\u0001\u0002\u0003\u0004");
        Assert.Equal("\u0081\u0080\u0001\u0002\u0003\u0004", await alice.ReadAsync(6));

        Assert.Equal(accepted, node.Accepted);
        Assert.Equal(401, (await AskAsync(gateway, "GET", "/page", WebSocketFields)).Status);
    }

    /// <summary>A handshake of WebSockets may be one of authentication, too.</summary>
    [Theory]
    [InlineData("auto")]
    [InlineData("stream")]
    public async Task WebSocket_ThatAuthenticatesByItsOwnHandshake_IsLoggedIn(string tunnel)
    {
        var node = StartScripted("a", _script.AnswerAsync);
        var gateway = await StartGatewayAsync([node], "--Gateway:Tunnel=" + tunnel);
        await using var alice = await RawConnection.OpenAsync(gateway.Url);

        Assert.Equal(401, (await AskAsync(alice, Get, WebSocketFields)).Status);
        Assert.Equal(401, (await AskAsync(alice, Get, ["Authorization: NTLM 1-alice", .. WebSocketFields])).Status);
        Assert.Equal(101, (await AskAsync(alice, Get, ["Authorization: NTLM 3-alice", .. WebSocketFields])).Status);

        Assert.Equal(LoginScript.Frame("alice"), await alice.ReadAsync(7));
        Assert.Equal(LoginScript.Nobody, (await AskAsync(gateway, "GET", "/page")).Body);
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("stream")]
    public async Task Client_ThatLeaves_TakesItsConnectionAlong(string tunnel)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var node = StartScripted("a", async exchange =>
        {
            await _script.AnswerAsync(exchange);
            if (_script.LoggedIn > 0)
            {
                await exchange.Connection.ReadToEndAsync();
                ended.SetResult();
            }
        });
        var gateway = await StartGatewayAsync([node], "--Gateway:Tunnel=" + tunnel);
        var alice = await LogInAsync(gateway, "alice");
        Assert.Equal(1, await gateway.Admin.MetricAsync("gateway_private_connections"));

        await alice.DisposeAsync();

        await ended.Task.WaitAsync(Eventually.Patience, Cancel);
        await Eventually.HoldsAsync(async () => await gateway.Admin.MetricAsync("gateway_private_connections") == 0);
    }

    [Fact]
    public async Task Node_ThatEndsTheConnection_EndsTheLogin()
    {
        var node = StartScripted("a", async exchange =>
        {
            await _script.AnswerAsync(exchange);
            if (exchange.Request.Target == "/last")
            {
                exchange.Connection.EndSending();
                await exchange.Connection.ReadToEndAsync();
            }
        });
        var gateway = await StartGatewayAsync([node]);
        await using var alice = await LogInAsync(gateway, "alice");
        Assert.Equal("alice", (await AskAsync(alice, "GET /last HTTP/1.1\r\nHost: hub.example\r\n")).Body);

        await Eventually.HoldsAsync(async () => (await AskAsync(alice, Get)).Body == LoginScript.Nobody);
        Assert.Equal("NTLM 2-alice", (await AskAsync(alice, Get, "Authorization: NTLM 1-alice")).Field("WWW-Authenticate"));
        Assert.Equal("alice", (await AskAsync(alice, Get, "Authorization: NTLM 3-alice")).Body);
        Assert.Equal(LoginScript.Nobody, (await AskAsync(gateway, "GET", "/page")).Body);
    }

    /// <summary>HttpClient would send a GET once more when the connection that it was sent on is closed without an answer.</summary>
    [Fact]
    public async Task Node_ThatEndsTheConnectionInAHandshake_GetsNoCredentialsASecondTime()
    {
        var node = StartScripted("a", exchange =>
        {
            if (exchange.Request.Field("Authorization") is not "NTLM 3-alice")
            {
                return _script.AnswerAsync(exchange);
            }

            exchange.Connection.EndSending();
            return exchange.Connection.ReadToEndAsync();
        });
        var other = StartScripted("b", _script.AnswerAsync);
        var gateway = await StartPairAsync(node, other);
        await using var alice = await RawConnection.OpenAsync(gateway.Url);
        await AskAsync(alice, Get, "Authorization: NTLM 1-alice");

        var answer = await AskAsync(alice, Get, "Authorization: NTLM 3-alice");

        Assert.Equal("owner-unreachable", answer.Field("X-Affinity-Outcome"));
        Assert.Single(node.Requests, request => request.Field("Authorization") is "NTLM 3-alice");
        Assert.Empty(other.Requests);
        Assert.True((await NodeAsync(OpenAdmin(gateway), "a")).GetProperty("online").GetBoolean());
    }

    /// <summary>Nothing was sent, and the first message of a handshake is any node's.</summary>
    [Fact]
    public async Task FirstMessage_ToANodeThatIsDown_GoesToAnother()
    {
        var node = StartScripted("b", _script.AnswerAsync);
        var gateway = await StartPairAsync(await StartDeadAsync("a"), node);
        await using var alice = await RawConnection.OpenAsync(gateway.Url);

        Assert.Equal("NTLM 2-alice", (await AskAsync(alice, Get, "Authorization: NTLM 1-alice")).Field("WWW-Authenticate"));
        Assert.Equal("alice", (await AskAsync(alice, Get, "Authorization: NTLM 3-alice")).Body);
    }

    [Fact]
    public async Task Credentials_ThatANodeAnswersWith503_GoToNoOther()
    {
        var node = StartScripted("a", static exchange => exchange.AnswerAsync(503));
        var other = StartScripted("b", _script.AnswerAsync);
        var gateway = await StartPairAsync(node, other);

        Assert.Equal(503, (await NegotiateAsync(gateway, "/chat", "Authorization: Negotiate YIIx")).Status);
        Assert.Empty(other.Requests);
    }

    /// <summary>The question which node owns an id goes over connections of all clients.</summary>
    [Fact]
    public async Task Credentials_OfAnUnknownId_AreNotShownToTheNodes()
    {
        var node = StartScripted("a", static exchange => exchange.AnswerAsync(exchange.Request.Field("Authorization") is null ? 404 : 200));
        var gateway = await StartGatewayAsync([node], "--Gateway:Hubs:0=/chat", "--Gateway:Affinity:OnUnknown=Probe");

        Assert.Equal("unknown-id", (await AskAsync(gateway, "GET", "/chat?id=0123456789abcdefghijkl", "Authorization: Negotiate YIIx")).Field("X-Affinity-Outcome"));
        Assert.NotEmpty(node.Requests);
        Assert.All(node.Requests, request => Assert.Null(request.Field("Authorization")));
        Assert.Equal(200, (await AskAsync(gateway, "GET", "/chat?id=0123456789abcdefghijkl", "Authorization: Basic x")).Status);
    }

    /// <summary>Fields of proxies end here, so that no node can be authenticated at with them.</summary>
    [Fact]
    public async Task ProxyAuthentication_DoesNotPass()
    {
        var node = StartScripted("a", static exchange => exchange.AnswerAsync(407, "", "Proxy-Authenticate: NTLM"));
        var gateway = await StartGatewayAsync([node]);

        var answer = await AskAsync(gateway, "GET", "/page", "Proxy-Authorization: NTLM 1-alice");

        Assert.Null(answer.Field("Proxy-Authenticate"));
        Assert.Null(Assert.Single(node.Requests).Field("Proxy-Authorization"));
    }

    /// <summary>A proxy in front that shares its connections among clients is told off by what it says of them.</summary>
    [Fact]
    public async Task Proxy_ThatSharesAConnection_LendsNobodyTheLogin()
    {
        var node = StartScripted("a", _script.AnswerAsync);
        var gateway = await StartGatewayAsync([node]);
        await using var proxy = await RawConnection.OpenAsync(gateway.Url);
        await AskAsync(proxy, Get, "Authorization: NTLM 1-alice", "X-Forwarded-For: 203.0.113.1");
        Assert.Equal("alice", (await AskAsync(proxy, Get, "Authorization: NTLM 3-alice", "X-Forwarded-For: 203.0.113.1")).Body);

        Assert.Equal(LoginScript.Nobody, (await AskAsync(proxy, Get, "X-Forwarded-For: 203.0.113.2")).Body);

        Assert.Contains(gateway.Log.Entries, entry => entry.Event.Name == "ConnectionShared");
        Assert.Equal(LoginScript.Nobody, (await AskAsync(proxy, Get, "X-Forwarded-For: 203.0.113.1")).Body); // 203.0.113.2 has taken over
    }

    private static string[] WebSocketFields =>
        ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="];

    private static async Task<RawConnection> LogInAsync(TestGateway gateway, string user, string scheme = "NTLM")
    {
        var client = await RawConnection.OpenAsync(gateway.Url);
        Assert.Equal(401, (await AskAsync(client, Get)).Status);
        Assert.Equal($"{scheme} 2-{user}", (await AskAsync(client, Get, $"Authorization: {scheme} 1-{user}")).Field("WWW-Authenticate"));
        Assert.Equal(user, (await AskAsync(client, Get, $"Authorization: {scheme} 3-{user}")).Body);
        return client;
    }

    private static async Task<RawMessage> AskAsync(RawConnection client, string head, params string[] fields)
    {
        await client.SendAsync($"{head}{string.Concat(fields.Select(field => field + "\r\n"))}\r\n");
        return await client.ReadResponseAsync();
    }
}
