using Proxy.Affinity;
using Proxy.Configuration;
using Proxy.Decisions;
using Proxy.Nodes;
using Proxy.Outcomes;
using Proxy.Requests;
using Proxy.Tests.Routers;
using Xunit;
using Yarp.ReverseProxy.Model;

namespace Proxy.Tests.Affinity;

public sealed class DecisionMakerTests
{
    private readonly TestCluster _cluster = new("a", "b", "c");

    public DecisionMakerTests()
    {
        _cluster.Hubs.Learn("/chat");
        _cluster.Learn("learned", "b");
    }

    public static TheoryData<string, string, string> ModesAndKinds()
    {
        // T: a tagged id of node a. U: an unknown id as ASP.NET Core makes them. Every request carries a cookie of node c.
        // Columns: Auto, Tag, Learn, Cookie, ClientIp, None.
        const string table = """
            POST /chat/negotiate         | cookie:c       | cookie:c      | cookie:c       | cookie:c | client-ip | router
            POST /chat/negotiate?id=x    | cookie:c       | cookie:c      | cookie:c       | cookie:c | client-ip | router
            GET /socket.io/?EIO=4        | cookie:c       | cookie:c      | cookie:c       | cookie:c | client-ip | router
            WS /chat                     | cookie:c       | cookie:c      | cookie:c       | cookie:c | client-ip | router
            GET /page                    | cookie:c       | cookie:c      | cookie:c       | cookie:c | client-ip | router
            GET /chat?id=                | cookie:c       | cookie:c      | cookie:c       | cookie:c | client-ip | router
            GET /chat?id=T               | tag:a          | tag:a         | 404 unknown-id | cookie:c | client-ip | router
            POST /chat?id=T              | tag:a          | tag:a         | 404 unknown-id | cookie:c | client-ip | router
            DELETE /chat?id=T            | tag:a          | tag:a         | 404 unknown-id | cookie:c | client-ip | router
            WS /chat?id=T                | tag:a          | tag:a         | 404 unknown-id | cookie:c | client-ip | router
            GET /elsewhere?id=T          | tag:a          | tag:a         | cookie:c       | cookie:c | client-ip | router
            OPTIONS /chat?id=T           | tag:a          | tag:a         | router         | router   | client-ip | router
            GET /chat?id=learned         | store:b        | cookie:c      | store:b        | cookie:c | client-ip | router
            GET /elsewhere?id=learned    | store:b        | cookie:c      | store:b        | cookie:c | client-ip | router
            GET /x?connectionToken=learned | store:b      | cookie:c      | store:b        | cookie:c | client-ip | router
            GET /x?EIO=4&sid=learned     | store:b        | cookie:c      | store:b        | cookie:c | client-ip | router
            OPTIONS /chat?id=learned     | store:b        | router        | store:b        | router   | client-ip | router
            GET /chat?id=U               | 404 unknown-id | cookie:c      | 404 unknown-id | cookie:c | client-ip | router
            GET /Chat/?id=U              | 404 unknown-id | cookie:c      | 404 unknown-id | cookie:c | client-ip | router
            POST /chat/refresh?id=U      | 404 unknown-id | cookie:c      | 404 unknown-id | cookie:c | client-ip | router
            WS /chat?id=U                | 404 unknown-id | cookie:c      | 404 unknown-id | cookie:c | client-ip | router
            GET /chat?EIO=4&sid=1        | 400 unknown-id | cookie:c      | 400 unknown-id | cookie:c | client-ip | router
            OPTIONS /chat?id=U           | router         | router        | router         | router   | client-ip | router
            GET /chat?connectionToken=u  | 404 unknown-id | cookie:c      | 404 unknown-id | cookie:c | client-ip | router
            GET /chat/poll?connectionToken=u | 404 unknown-id | cookie:c  | 404 unknown-id | cookie:c | client-ip | router
            GET /chat/read?connectionToken=u | cookie:c   | cookie:c      | cookie:c       | cookie:c | client-ip | router
            GET /chat/read?EIO=4&sid=1   | cookie:c       | cookie:c      | cookie:c       | cookie:c | client-ip | router
            GET /chat/read?id=U          | cookie:c       | cookie:c      | cookie:c       | cookie:c | client-ip | router
            GET /chat/read?id=42         | cookie:c       | cookie:c      | cookie:c       | cookie:c | client-ip | router
            WS /chat/read?id=42          | cookie:c       | cookie:c      | cookie:c       | cookie:c | client-ip | router
            GET /chat?id=42              | cookie:c       | cookie:c      | cookie:c       | cookie:c | client-ip | router
            GET /chat/refresh?id=42      | cookie:c       | cookie:c      | cookie:c       | cookie:c | client-ip | router
            GET /products?id=5           | cookie:c       | cookie:c      | cookie:c       | cookie:c | client-ip | router
            GET /chatty?id=5             | cookie:c       | cookie:c      | cookie:c       | cookie:c | client-ip | router
            GET /products?id=1&id=2      | cookie:c       | cookie:c      | cookie:c       | cookie:c | client-ip | router
            GET /chat?id=1&id=2          | cookie:c       | cookie:c      | cookie:c       | cookie:c | client-ip | router
            GET /chat?id=U&id=2          | 404 unknown-id | 404 unknown-id | 404 unknown-id | cookie:c | client-ip | router
            GET /chat?id=T&id=T          | 404 unknown-id | 404 unknown-id | 404 unknown-id | cookie:c | client-ip | router
            GET /elsewhere?id=T&id=2     | 404 unknown-id | 404 unknown-id | 404 unknown-id | cookie:c | client-ip | router
            GET /chat?id=x.g1AbCdEfGh-_0 | 404 bad-tag    | 404 bad-tag   | 404 unknown-id | cookie:c | client-ip | router
            GET /page?id=x.g1AbCdEfGh-_0 | 404 bad-tag    | 404 bad-tag   | cookie:c       | cookie:c | client-ip | router
            """;
        var data = new TheoryData<string, string, string>();
        foreach (var line in table.Split('\n'))
        {
            var cells = line.Split('|', StringSplitOptions.TrimEntries);
            foreach (var (mode, expected) in Enum.GetNames<AffinityMode>().Zip(cells.Skip(1)))
            {
                data.Add(mode, cells[0], expected);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(ModesAndKinds))]
    public void Decide_ModeAndKind_AsInTheDesign(string mode, string request, string expected)
    {
        _cluster.Options.Affinity.Mode = Enum.Parse<AffinityMode>(mode);
        _cluster.Refresh();
        var cookie = _cluster.Cookie("c");
        var parts = request.Replace("id=T", "id=" + _cluster.Tagged("tok", "a"), StringComparison.Ordinal)
            .Replace("id=U", "id=AbCdEfGhIjKlMnOpQr-_09", StringComparison.Ordinal).Split(' ');

        var decision = _cluster.Decide(parts[0] switch
        {
            "WS" => Http.WebSocket(parts[1], ("Cookie", cookie)),
            "OPTIONS" => Http.Preflight(parts[1]),
            _ => Http.Request(parts[0], parts[1], ("Cookie", cookie)),
        });

        Assert.Equal(expected, Describe(decision));
    }

    /// <summary>What is the application's has the time limits of any other request and gets a cookie; on a WebSocket it is a new connection.</summary>
    [Theory]
    [InlineData("GET", "/products?id=5", "Other", "Unknown")]
    [InlineData("GET", "/chat/read?id=42", "Other", "Unknown")]
    [InlineData("GET", "/_blazor/initializers?id=3f2504e0-4f89-11d3-9a0c-0305e82c3301", "Other", "Unknown")]
    [InlineData("GET", "/chat/read?id=3f2504e0-4f89-11d3-9a0c-0305e82c3301", "Other", "Unknown")]
    [InlineData("POST", "/chat/read?id=42", "Other", "Unknown")]
    [InlineData("WS", "/chat/read?id=42", "WebSocket", "WebSockets")]
    [InlineData("OPTIONS", "/chat/read?id=42", "Preflight", "Unknown")]
    [InlineData("GET", "/chat?id=learned", "HasId", "LongPolling")]
    [InlineData("GET", "/unknown?id=AbCdEfGhIjKlMnOpQr-_09", "HasId", "LongPolling")] // of a hub, perhaps, that was negotiated with earlier
    public void Decide_IdOfTheApplication_LeavesARequestLikeAnyOther(string method, string target, string kind, string transport)
    {
        var context = method switch
        {
            "WS" => Http.WebSocket(target),
            "OPTIONS" => Http.Preflight(target),
            _ => Http.Request(method, target),
        };
        var routed = new RoutedRequest(RequestReader.Read(context), _cluster.Snapshot, _cluster.Decide(context), isTrustedPeer: false);

        Assert.Equal((kind, transport, kind is "HasId"), (routed.Request.Kind.ToString(), routed.Request.Transport.ToString(), routed.Request.HasId));
    }

    [Fact]
    public void Decide_Modes_AreAllInTheTable()
    {
        Assert.Equal(["Auto", "Tag", "Learn", "Cookie", "ClientIp", "None"], Enum.GetNames<AffinityMode>());
    }

    [Fact]
    public void Decide_MalformedRequest_IsRefusedBeforeAnythingElse()
    {
        var request = Http.Post($"/chat?id={_cluster.Tagged("tok", "a")}", ("Transfer-Encoding", "gzip, chunked"));

        Assert.Equal("400 bad-request", Describe(_cluster.Decide(request)));
    }

    [Theory]
    [InlineData(NodeLifecycle.Staging)]
    [InlineData(NodeLifecycle.Open)]
    [InlineData(NodeLifecycle.Draining)]
    public void Decide_Id_FindsItsOwnerWhateverItsHealth(NodeLifecycle lifecycle)
    {
        BringInto("a", lifecycle);
        BringInto("b", lifecycle);
        _cluster.SetHealth("a", DestinationHealth.Unhealthy);
        _cluster.SetHealth("b", DestinationHealth.Unhealthy);

        Assert.Equal("tag:a", Describe(_cluster.Decide(Http.Get($"/chat?id={_cluster.Tagged("tok", "a")}"))));
        Assert.Equal("store:b", Describe(_cluster.Decide(Http.Get("/chat?id=learned"))));
    }

    [Fact]
    public void Decide_LearnedIdOfAForgottenNode_IsOwnerRemoved()
    {
        _cluster["b"].State.IdsForgotten = true;

        Assert.Equal("404 owner-removed", Describe(_cluster.Decide(Http.Get("/chat?id=learned"))));
    }

    [Theory]
    // cookie's node:            online, staging,  draining, offline,  tried
    [InlineData("Disabled", "router|router|router|router|router")]
    [InlineData("Preferred", "cookie:c|router|router|router|router")]
    [InlineData("Required", "cookie:c|router|router|503 no-node-online|503 no-node-online")]
    public void Decide_NewConnectionWithCookie_AsReattachSays(string reattach, string expected)
    {
        _cluster.Options.Affinity.Reattach = Enum.Parse<Reattach>(reattach);
        var states = new Action<TestCluster>[]
        {
            static _ => { },
            cluster => BringInto("c", NodeLifecycle.Staging),
            cluster => BringInto("c", NodeLifecycle.Draining),
            cluster => cluster.SetHealth("c", DestinationHealth.Unhealthy),
        };

        var decisions = new List<string>();
        foreach (var state in states)
        {
            BringInto("c", NodeLifecycle.Open);
            state(_cluster);
            var decision = _cluster.Decide(Http.Negotiate(("Cookie", _cluster.Cookie("c"))));
            Assert.Equal(decision, _cluster.Decide(Http.WebSocket("/chat", ("Cookie", _cluster.Cookie("c")))) with { Node = decision.Node });
            decisions.Add(decision.Outcome is RoutingOutcome.Router ? "router" : Describe(decision));
        }

        _cluster.SetHealth("c", DestinationHealth.Healthy);
        BringInto("c", NodeLifecycle.Open);
        var tried = _cluster.Decide(Http.Negotiate(("Cookie", _cluster.Cookie("c"))), explanation: null, "c");
        decisions.Add(tried.Outcome is RoutingOutcome.Router ? "router" : Describe(tried));

        Assert.Equal(expected, string.Join('|', decisions));
    }

    [Fact]
    public void Decide_ReattachDisabled_PagesAndIdsStillFollowTheCookie()
    {
        // It is about new connections. What belongs to one that lives, such as Blazor's disconnect, must still arrive.
        _cluster.Options.Affinity.Reattach = Reattach.Disabled;
        Assert.Equal("cookie:c", Describe(_cluster.Decide(Http.Post("/_blazor/disconnect", ("Cookie", _cluster.Cookie("c"))))));

        _cluster.Options.Affinity.Mode = AffinityMode.Cookie;
        _cluster.Refresh();
        Assert.Equal("cookie:c", Describe(_cluster.Decide(Http.Get("/chat?id=x", ("Cookie", _cluster.Cookie("c"))))));
    }

    [Fact]
    public void Decide_CookieModeAndDrain_KeepsLiveConnectionsAndMovesNewOnes()
    {
        _cluster.Options.Affinity.Mode = AffinityMode.Cookie;
        BringInto("c", NodeLifecycle.Draining);
        var cookie = ("Cookie", _cluster.Cookie("c"));

        Assert.Equal("cookie:c", Describe(_cluster.Decide(Http.Get("/chat?id=AbCdEfGhIjKlMnOpQr-_09", cookie))));
        Assert.Equal("cookie:c", Describe(_cluster.Decide(Http.WebSocket("/chat?id=AbCdEfGhIjKlMnOpQr-_09", cookie))));
        Assert.Equal("router", Describe(_cluster.Decide(Http.Negotiate(cookie))));
        Assert.Equal("router", Describe(_cluster.Decide(Http.Get("/page", cookie))));

        _cluster.SetHealth("c", DestinationHealth.Unhealthy); // nothing lives there any more
        Assert.Equal("router", Describe(_cluster.Decide(Http.Get("/chat?id=AbCdEfGhIjKlMnOpQr-_09", cookie))));
    }

    [Fact]
    public void Decide_Binds_WhenTheCookieHasToBeWritten()
    {
        Assert.True(_cluster.Decide(Http.Negotiate()).Binds);
        Assert.True(_cluster.Decide(Http.Get("/page")).Binds);
        Assert.False(_cluster.Decide(Http.Negotiate(("Cookie", _cluster.Cookie("a")))).Binds);
        Assert.False(_cluster.Decide(Http.Get($"/chat?id={_cluster.Tagged("tok", "a")}")).Binds);

        var old = _cluster.Cookie("a");
        _cluster.Load(TestCluster.Node("z", node => node.Address = "http://a"), TestCluster.Node("b"), TestCluster.Node("c"));
        Assert.Equal(("z", true), (_cluster.Decide(Http.Get("/page", ("Cookie", old))).Node?.Name, _cluster.Decide(Http.Get("/page", ("Cookie", old))).Binds));
    }

    [Fact]
    public void Decide_Tiers_SecondariesOnlyWithoutPrimaries()
    {
        _cluster.Load(TestCluster.Node("a"), TestCluster.Node("b"), TestCluster.Secondary("s"), TestCluster.Secondary("t"));
        foreach (var secondary in new[] { "s", "t" })
        {
            BringInto(secondary, NodeLifecycle.Open);
        }

        Assert.Equal(["a", "b"], Picked());
        _cluster.SetHealth("a", DestinationHealth.Unhealthy);
        Assert.Equal(["b"], Picked());
        Assert.Equal(["s", "t"], Picked("b"));
        BringInto("b", NodeLifecycle.Draining);
        Assert.Equal(["s", "t"], Picked());
        _cluster.SetHealth("s", DestinationHealth.Unhealthy);
        Assert.Equal(["t"], Picked());
        Assert.Equal("503 no-node-online", Describe(_cluster.Decide(Http.Negotiate(), explanation: null, "t")));
        _cluster.SetHealth("t", DestinationHealth.Unhealthy);
        Assert.Equal("503 no-node-online", Describe(_cluster.Decide(Http.Negotiate())));
        Assert.Equal("503 no-node-online", Describe(_cluster.Decide(Http.Preflight("/chat"))));
    }

    [Fact]
    public void Decide_Tried_AreNotPickedAgain()
    {
        Assert.Equal(["b", "c"], Picked("a"));
        Assert.Equal(["c"], Picked("a", "b"));
        Assert.Equal("503 no-node-online", Describe(_cluster.Decide(Http.Negotiate(), explanation: null, "a", "b", "c")));
    }

    [Fact]
    public void Decide_EnforceCapacity_FullNodesGetNoNewConnections()
    {
        var cluster = new TestCluster(options => options.EnforceCapacity = true,
            TestCluster.Node("a", node => node.ConnectionCapacity = 2), TestCluster.Node("b", node => node.ConnectionCapacity = 2),
            TestCluster.Node("s", node => (node.ConnectionCapacity, node.EndpointType) = (1, EndpointType.Secondary)));

        Connect("a", 2);
        Assert.Equal(["b"], Picked(cluster));
        Assert.Equal("b", cluster.Decide(Http.Negotiate(("Cookie", cluster.Cookie("a")))).Node?.Name);

        Connect("b", 2);
        Assert.Equal(["s"], Picked(cluster));
        Assert.Equal("503 over-capacity", Describe(cluster.Decide(Http.Negotiate(), explanation: null, "s")));

        Connect("s", 1);
        Assert.Equal("503 over-capacity", Describe(cluster.Decide(Http.Negotiate())));
        Assert.Equal("503 over-capacity", Describe(cluster.Decide(Http.WebSocket("/chat"))));
        Assert.Equal("503 no-node-online", Describe(cluster.Decide(Http.Negotiate(), explanation: null, "a", "b", "s")));

        cluster.Options.Affinity.Reattach = Reattach.Required;
        Connect("b", -1);
        Assert.Equal("503 over-capacity", Describe(cluster.Decide(Http.Negotiate(("Cookie", cluster.Cookie("a"))))));

        void Connect(string node, int count) => cluster[node].State.Connections.Add(Transport.WebSockets, count);
    }

    [Fact]
    public void Decide_EnforceCapacity_WhatIsConnectedKeepsItsPlace()
    {
        var cluster = new TestCluster(
            options => (options.EnforceCapacity, options.Affinity.Mode) = (true, AffinityMode.Cookie), TestCluster.Node(
                "a", node => node.ConnectionCapacity = 1));
        cluster["a"].State.Connections.Add(Transport.LongPolling, 1);
        var cookie = ("Cookie", cluster.Cookie("a"));

        Assert.Equal("503 over-capacity", Describe(cluster.Decide(Http.Negotiate(cookie))));
        Assert.Equal("cookie:a", Describe(cluster.Decide(Http.Get("/chat?id=AbCdEfGhIjKlMnOpQr-_09", cookie)))); // its own poll
        Assert.Equal("cookie:a", Describe(cluster.Decide(Http.Post("/_blazor/disconnect", cookie))));
        Assert.Equal("router", Describe(cluster.Decide(Http.Get("/page"))));
        Assert.Equal("router", Describe(cluster.Decide(Http.Preflight("/chat"))));
    }

    [Theory]
    [InlineData(0, "503 no-node-online")]
    [InlineData(200, "503 no-node-online")]
    [InlineData(400, "400 bad-request")]
    [InlineData(429, "429 bad-request")]
    [InlineData(503, "503 no-node-online")]
    public void Decide_RouterThatRefuses_SaysTheStatus(int status, string expected)
    {
        var cluster = WithRouter((context, _) =>
        {
            context.Response.StatusCode = status == 0 ? context.Response.StatusCode : status;
            return null;
        });
        var context = Http.Negotiate();

        Assert.Equal(expected, Describe(cluster.Decide(context)));
        Assert.Equal(200, context.Response.StatusCode); // the refusal is written later
    }

    [Fact]
    public void Decide_RouterThatRefusesARetry_LeavesTheAnswerUnderWay()
    {
        // A node's 503 is being relayed while another node is looked for.
        var cluster = WithRouter((_, _) => null);
        var context = Http.Negotiate();
        context.Response.StatusCode = 503;

        Assert.Equal("503 no-node-online", Describe(cluster.Decide(context, explanation: null, "a")));
        Assert.Equal(503, context.Response.StatusCode);
    }

    [Fact]
    public void Decide_RouterThatPicksAStranger_IsRefused()
    {
        var stranger = new TestCluster("x")["x"];

        Assert.Equal("503 no-node-online", Describe(WithRouter((_, _) => stranger).Decide(Http.Negotiate())));
    }

    [Fact]
    public void Decide_ClientIp_IsTheNetworkOfAnIPv4AndTheWholeOfAnIPv6()
    {
        var nodes = Enumerable.Range(0, 50).Select(i => $"n{i}").ToArray();
        var cluster = new TestCluster(options => options.Affinity.Mode = AffinityMode.ClientIp, [.. nodes.Select(name => TestCluster.Node(name))]);

        Assert.Equal(Pick("198.51.100.1"), Pick("198.51.100.254"));
        Assert.Equal(Pick("198.51.100.1"), Pick("::ffff:198.51.100.7"));
        Assert.True(Enumerable.Range(0, 30).Select(i => Pick($"198.51.{i}.1")).Distinct().Count() > 10);
        Assert.True(Enumerable.Range(0, 30).Select(i => Pick($"2001:db8::{i + 1:x}")).Distinct().Count() > 10);
        Assert.NotNull(Pick(null));

        string? Pick(string? client)
        {
            var context = Http.Negotiate();
            context.Connection.RemoteIpAddress = client is null ? null : System.Net.IPAddress.Parse(client);
            var decision = cluster.Decide(context);
            Assert.Equal((RoutingOutcome.ClientIp, false), (decision.Outcome, decision.Binds));
            return decision.Node?.Name;
        }
    }

    private static TestCluster WithRouter(Func<HttpContext, IReadOnlyList<GatewayNode>, GatewayNode?> pick) =>
        new(options => options.Router = "own", [new ScriptedRouter("own", pick)], TestCluster.Node("a"), TestCluster.Node("b"));

    private static string Describe(Decision decision) => decision switch
    {
        { Node: null, Outcome: var outcome } => $"{decision.Status} {outcome.Name()}",
        { Outcome: RoutingOutcome.Router or RoutingOutcome.ClientIp } => decision.Outcome.Name(),
        _ => $"{decision.Outcome.Name()}:{decision.Node.Name}",
    };

    private string[] Picked(params string[] tried) => Picked(_cluster, tried);

    private static string[] Picked(TestCluster cluster, params string[] tried) =>
        [.. Enumerable.Range(0, 64).Select(
            _ => cluster.Decide(Http.Negotiate(), explanation: null, tried).Node!.Name).Distinct().Order(StringComparer.Ordinal)];

    private void BringInto(string name, NodeLifecycle lifecycle)
    {
        _cluster[name].State.Lifecycle = lifecycle;
        _cluster.Refresh();
    }
}
