using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Proxy.Nodes;
using Proxy.Routers;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Forwarding;

/// <summary>What may be tried on another node: a new connection while nothing was answered, anything else while nothing was sent, and nothing that has an
/// id.</summary>
public sealed class RetryTests : FunctionalTestBed
{
    private static readonly string[] Handshake =
        ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="];

    [Fact]
    public async Task Negotiate_NodeRefusesTheConnection_AnotherAnswers()
    {
        var other = StartScripted("b", static exchange => exchange.AnswerNegotiateAsync("T"));
        var gateway = await StartPairAsync(await StartDeadAsync("a"), other);

        Assert.Equal(200, (await NegotiateAsync(gateway)).Status);
        Assert.Single(other.Requests);
    }

    [Theory]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task Negotiate_NodeIsUnavailable_AnotherAnswersAndNothingOfTheFirstIsSeen(int status)
    {
        var first = StartScripted("a", exchange => exchange.AnswerAsync(status, "first", "X-First: 1", "Set-Cookie: first=1"));
        var other = StartScripted("b", static exchange => exchange.AnswerNegotiateAsync("T"));
        var gateway = await StartPairAsync(first, other);

        var answer = await NegotiateAsync(gateway);

        Assert.Equal(200, answer.Status);
        Assert.Empty(answer.All("X-First"));
        Assert.StartsWith("srv_id=", Assert.Single(answer.All("Set-Cookie")), StringComparison.Ordinal);
        Assert.Single(first.Requests);
        Assert.Equal(first.Requests[0].StartLine, Assert.Single(other.Requests).StartLine);
    }

    [Fact]
    public async Task Negotiate_NodeResetsBeforeItsAnswer_AnotherAnswers()
    {
        var first = StartScripted("a", static exchange =>
        {
            exchange.Connection.Reset();
            return Task.CompletedTask;
        });
        var other = StartScripted("b", static exchange => exchange.AnswerNegotiateAsync("T"));
        var gateway = await StartPairAsync(first, other);

        Assert.Equal(200, (await NegotiateAsync(gateway)).Status);
        Assert.Single(first.Requests);
        Assert.Single(other.Requests);
    }

    /// <summary>The client has seen nothing of it, and an id that no client uses dies on its node.</summary>
    [Theory]
    [InlineData("Content-Length: 100\r\n\r\n{\"connectionTo")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n4\r\n{\"co\r\n")]
    public async Task Negotiate_NodeDiesInTheMiddleOfItsAnswer_AnotherAnswers(string half)
    {
        var first = StartScripted("a", async exchange =>
        {
            await exchange.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-First: 1\r\n" + half);
            await exchange.Connection.DisposeAsync();
        });
        var other = StartScripted("b", static exchange => exchange.AnswerNegotiateAsync("T"));
        var gateway = await StartPairAsync(first, other);

        for (var i = 0; i < 3; i++)
        {
            var answer = await NegotiateAsync(gateway);
            Assert.Equal(200, answer.Status);
            Assert.Empty(answer.All("X-First"));
        }

        Assert.Equal(2, first.Requests.Count); // two in a row mark it
        Assert.Equal(3, other.Requests.Count);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(404)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(501)]
    public async Task Negotiate_NodeHasAnsweredOtherwise_ItsAnswerIsTheAnswer(int status)
    {
        var first = StartScripted("a", exchange => exchange.AnswerAsync(status, "first"));
        var other = StartScripted("b");
        var gateway = await StartPairAsync(first, other);

        var answer = await NegotiateAsync(gateway);

        Assert.Equal(status, answer.Status);
        Assert.Equal("first", answer.Body);
        Assert.Empty(other.Requests);
    }

    [Fact]
    public async Task Negotiate_AllNodesAreUnavailable_TheLastAnswerIsRelayed()
    {
        var first = StartScripted("a", static exchange => exchange.AnswerAsync(503, "first"));
        var other = StartScripted("b", static exchange => exchange.AnswerAsync(503, "last", "Retry-After: 7"));
        var gateway = await StartPairAsync(first, other);

        var answer = await NegotiateAsync(gateway);

        Assert.Equal(503, answer.Status);
        Assert.Equal("last", answer.Body);
        Assert.Equal("7", answer.Field("Retry-After"));
        Assert.Empty(answer.All("Set-Cookie"));
        Assert.Empty(answer.All("X-Affinity-Outcome"));
    }

    [Fact]
    public async Task Negotiate_NoNodeCanBeReached_Is502WithTheReason()
    {
        var gateway = await StartPairAsync(await StartDeadAsync("a"), await StartDeadAsync("b"));

        var answer = await NegotiateAsync(gateway);

        Assert.Equal(502, answer.Status);
        Assert.Equal("owner-unreachable", answer.Field("X-Affinity-Outcome"));
    }

    [Fact]
    public async Task Negotiate_ManyNodesAreUnavailable_ThreeAreTried()
    {
        var nodes = "abcde".Select(name => StartScripted(name.ToString(), static exchange => exchange.AnswerAsync(503, exchange.NodeName))).ToArray();
        var gateway = await StartGatewayAsync(nodes);

        var answer = await NegotiateAsync(gateway);

        Assert.Equal(503, answer.Status);
        Assert.Equal(3, nodes.Sum(node => node.Requests.Count));
        Assert.All(nodes, static node => Assert.InRange(node.Requests.Count, 0, 1));
    }

    [Fact]
    public async Task Negotiate_ThatMoves_BindsTheClientToTheNodeThatAnswered()
    {
        var first = StartScripted("a", static exchange => exchange.Request.Method is "POST" ? exchange.AnswerAsync(503) : exchange.AnswerNameAsync());
        var other = StartScripted("b", static exchange => exchange.Request.Method is "POST" ? exchange.AnswerNegotiateAsync("T") : exchange.AnswerNameAsync());
        var gateway = await StartPairAsync(first, other);

        var answer = await NegotiateAsync(gateway);

        var cookie = Assert.Single(answer.All("Set-Cookie")).Split(';')[0];
        Assert.Equal("b", (await AskAsync(gateway, "GET", "/page", "Cookie: " + cookie)).Body);
        Assert.Equal("b", (await AskAsync(gateway, "GET", "/chat?id=" + NegotiateAnswerTests.TokenOf(answer))).Body);
    }

    /// <summary>A probe that finds the node frozen frees the negotiates that wait for it.</summary>
    [Fact]
    public async Task Negotiate_NodeIsFrozen_AnotherAnswersOnceProbesSeeIt()
    {
        var frozen = false;
        var first = StartScripted("a", async exchange =>
        {
            frozen |= exchange.Request.Method is "POST";
            if (frozen)
            {
                await exchange.Connection.ReadToEndAsync();
            }
            else
            {
                await exchange.AnswerNameAsync();
            }
        });
        var other = StartScripted("b", static exchange => exchange.AnswerNegotiateAsync("T"));
        var gateway = await StartPairAsync(
            first, other, "--Gateway:Health:Probe=http", "--Gateway:Health:Interval=00:00:00.2", "--Gateway:Negotiate:Deadline=00:01:00");

        var answer = await NegotiateAsync(gateway);

        Assert.Equal(200, answer.Status);
        Assert.Single(first.Requests, static request => request.Method is "POST");
        Assert.Single(other.Requests, static request => request.Method is "POST");
    }

    [Fact]
    public async Task Negotiate_NodeDoesNotTakeTheConnection_AnotherAnswersAfterTheConnectLimit()
    {
        // The queue of connections that are not accepted is full: the system drops further ones.
        using var full = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        full.Listen(0);
        var fillers = Enumerable.Range(0, 8).Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)).ToArray();
        var connecting = fillers.Select(filler => filler.ConnectAsync(full.LocalEndPoint!)).ToArray();
        await Task.WhenAny(connecting);
        var other = StartScripted("b", static exchange => exchange.AnswerNegotiateAsync("T"));
        var gateway = await StartGatewayAsync(
            [("a", new Uri($"http://{full.LocalEndPoint}")), ("b:secondary", other.Url)], "--Gateway:Health:Probe=none",
                "--Gateway:Timeouts:Connect=00:00:00.5");

        var answer = await NegotiateAsync(gateway);

        Assert.Equal(200, answer.Status);
        Array.ForEach(fillers, static filler => filler.Dispose());
        await Task.WhenAll(connecting).ContinueWith(static _ => { }, TaskScheduler.Default);
    }

    /// <summary>The answer of the first node has been dropped by then, and the second is not asked any more.</summary>
    [Fact]
    public async Task Negotiate_DeadlinePassesBeforeTheNextNodeIsAsked_Is504()
    {
        var time = new ManualTimeProvider();
        var first = StartScripted("a", static exchange => exchange.AnswerAsync(503, "first", "X-First: 1"));
        var other = StartScripted("b", static exchange => exchange.AnswerNegotiateAsync("T"));
        var gateway = await StartGatewayAsync(
            [(first.Name, first.Url), (other.Name + ":secondary", other.Url)],
            builder => builder.Services.AddSingleton<TimeProvider>(time).AddSingleton<INegotiateRouter>(new LateRouter(time)),
            "--Gateway:Health:Probe=none", "--Gateway:Router=late", "--Gateway:Negotiate:Deadline=00:00:15");

        var answer = await NegotiateAsync(gateway);

        Assert.Equal(504, answer.Status);
        Assert.Equal("owner-unreachable", answer.Field("X-Affinity-Outcome"));
        Assert.Empty(answer.All("X-First"));
        Assert.Empty(other.Requests);
    }

    [Fact]
    public async Task Negotiate_WithABody_IsSentOnce()
    {
        var first = StartScripted("a", static exchange =>
        {
            exchange.Connection.Reset();
            return Task.CompletedTask;
        });
        var other = StartScripted("b");
        var gateway = await StartPairAsync(first, other);

        var answer = await AskAsync(gateway, "POST /chat/negotiate HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}");

        Assert.Equal(502, answer.Status);
        Assert.Empty(other.Requests);
    }

    /// <summary>Another node would answer 404, which ends the connection for good; its owner may come back.</summary>
    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    [InlineData("DELETE")]
    public async Task RequestWithId_OwnerIsKilled_Is502AndReachesNoOtherNode(string method)
    {
        var (gateway, owner, other, token) = await StartOwnedAsync();
        await owner.KillAsync();

        var answer = await AskAsync(gateway, method, "/chat?id=" + token, "Content-Length: 0");

        Assert.Equal(502, answer.Status);
        Assert.Equal("owner-unreachable", answer.Field("X-Affinity-Outcome"));
        Assert.Empty(other.Requests);
    }

    [Fact]
    public async Task WebSocketWithId_OwnerIsKilled_Is502AndReachesNoOtherNode()
    {
        var (gateway, owner, other, token) = await StartOwnedAsync();
        await owner.KillAsync();

        var answer = await AskAsync(gateway, "GET", "/chat?id=" + token, Handshake);

        Assert.Equal(502, answer.Status);
        Assert.Empty(other.Requests);
    }

    [Theory]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task RequestWithId_OwnerIsUnavailable_ItsAnswerIsTheAnswer(int status)
    {
        var first = StartScripted(
            "a", exchange => exchange.Request.Method is "POST" ? exchange.AnswerNegotiateAsync("T") : exchange.AnswerAsync(status, "first"));
        var other = StartScripted("b");
        var gateway = await StartPairAsync(first, other);
        var token = NegotiateAnswerTests.TokenOf(await NegotiateAsync(gateway));

        foreach (var target in new[] { "/chat?id=" + token, "/chat?id=" + token + "&x=1" })
        {
            var answer = await AskAsync(gateway, "GET", target);
            Assert.Equal(status, answer.Status);
            Assert.Equal("first", answer.Body);
        }

        Assert.Empty(other.Requests);
    }

    [Fact]
    public async Task Page_NodeRefusesTheConnection_AnotherAnswers()
    {
        var gateway = await StartPairAsync(await StartDeadAsync("a"), StartScripted("b"));

        foreach (var method in new[] { "GET", "HEAD", "OPTIONS" })
        {
            Assert.Equal(200, (await AskAsync(gateway, method, "/page")).Status);
        }
    }

    [Fact]
    public async Task Page_OnceSent_IsNotSentAgain()
    {
        var first = StartScripted("a", static exchange =>
        {
            exchange.Connection.Reset();
            return Task.CompletedTask;
        });
        var other = StartScripted("b");
        var gateway = await StartPairAsync(first, other);

        var answer = await AskAsync(gateway, "GET", "/page");

        Assert.Equal(502, answer.Status);
        Assert.Empty(other.Requests);
    }

    [Fact]
    public async Task Page_NodeAnswers503_ItsAnswerIsTheAnswer()
    {
        var other = StartScripted("b");
        var gateway = await StartPairAsync(StartScripted("a", static exchange => exchange.AnswerAsync(503, "first")), other);

        Assert.Equal("first", (await AskAsync(gateway, "GET", "/page")).Body);
        Assert.Empty(other.Requests);
    }

    /// <summary>Without a connection nothing is sent, and nothing of the body is read: neither the method nor the body matters.</summary>
    [Theory]
    [InlineData("POST", "/order", "Content-Length: 2\r\n\r\nab")]
    [InlineData("POST", "/order", "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n")]
    [InlineData("POST", "/order", "Expect: 100-continue\r\nContent-Length: 2\r\n\r\nab")]
    [InlineData("PUT", "/order", "Content-Length: 2\r\n\r\nab")]
    [InlineData("PATCH", "/order", "Content-Length: 2\r\n\r\nab")]
    [InlineData("DELETE", "/order", "Content-Length: 2\r\n\r\nab")]
    [InlineData("POST", "/chat/negotiate", "Content-Length: 2\r\n\r\nab")]
    public async Task Change_NodeRefusesTheConnection_AnotherGetsAllOfIt(string method, string path, string rest)
    {
        var other = StartScripted("b");
        var gateway = await StartPairAsync(await StartDeadAsync("a"), other);
        await using var client = await RawConnection.OpenAsync(gateway.Url);

        await client.SendAsync($"{method} {path} HTTP/1.1\r\nHost: h\r\n{rest}");
        var answer = await client.ReadResponseAsync(method);
        if (answer.Status == 100)
        {
            answer = await client.ReadResponseAsync(method);
        }

        Assert.Equal((200, "b"), (answer.Status, answer.Body));
        Assert.Equal("ab", Assert.Single(other.Requests).Body);
    }

    /// <summary>The connection was kept from an earlier request, and its node has gone since.</summary>
    [Fact]
    public async Task Change_NodeHasGoneSinceTheLastRequest_AnotherGetsAllOfIt()
    {
        var first = StartScripted("a");
        var other = StartScripted("b");
        var gateway = await StartPairAsync(first, other);
        Assert.Equal("a", (await AskAsync(gateway, "GET", "/page")).Body);
        await first.KillAsync();

        var answer = await AskAsync(gateway, "POST /order HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab");

        Assert.Equal("b", answer.Body);
        Assert.Equal("ab", Assert.Single(other.Requests).Body);
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    public async Task Change_OnceSent_IsTriedOnNoOtherNode(string method)
    {
        var first = StartScripted("a", static exchange =>
        {
            exchange.Connection.Reset();
            return Task.CompletedTask;
        });
        var other = StartScripted("b");
        var gateway = await StartPairAsync(first, other);

        var answer = await AskAsync(gateway, $"{method} /order HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab");

        Assert.Equal(502, answer.Status);
        Assert.Equal("owner-unreachable", answer.Field("X-Affinity-Outcome"));
        Assert.Empty(other.Requests);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(503)]
    public async Task WebSocketWithoutId_NodeCannotTakeIt_AnotherDoes(int status)
    {
        var first = status == 0 ? await StartDeadAsync("a") : StartScripted("a", exchange => exchange.AnswerAsync(status));
        var other = StartScripted("b", static exchange => exchange.AcceptWebSocketAsync());
        var gateway = await StartPairAsync(first, other);

        var answer = await AskAsync(gateway, "GET", "/chat", Handshake);

        Assert.Equal(101, answer.Status);
        Assert.Equal("websocket", Assert.Single(other.Requests).Field("Upgrade"));
    }

    private async Task<(TestGateway Gateway, ScriptedNode Owner, ScriptedNode Other, string Token)> StartOwnedAsync()
    {
        var owner = StartScripted("a", static exchange => exchange.AnswerNegotiateAsync("T"));
        var other = StartScripted("b");
        var gateway = await StartPairAsync(owner, other);
        return (gateway, owner, other, NegotiateAnswerTests.TokenOf(await NegotiateAsync(gateway)));
    }

    /// <summary>Takes a minute for every node but the first.</summary>
    private sealed class LateRouter(ManualTimeProvider time) : INegotiateRouter
    {
        public string Name => "late";

        public GatewayNode PickOwner(HttpContext context, IReadOnlyList<GatewayNode> candidates)
        {
            if (candidates[0].Name != "a")
            {
                time.Advance(TimeSpan.FromMinutes(1));
            }

            return candidates[0];
        }
    }
}
