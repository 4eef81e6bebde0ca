using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Proxy.Configuration;
using Proxy.Nodes;
using Proxy.Requests;
using Xunit;
using Yarp.ReverseProxy.Model;

namespace Proxy.Tests.Affinity;

/// <summary>What is explained is what happens: the same code, with an explanation.</summary>
public sealed class ExplanationTests
{
    private static readonly string[] Names = ["a", "b", "c", "s"];

    [Property(MaxTest = 1000)]
    public Property Explain_AnySituation_AgreesWithTheDecision() => Prop.ForAll(Situations().ToArbitrary(), situation =>
    {
        var cluster = situation.Create();
        var tried = Names.Where((_, i) => (situation.Tried & (1 << i)) != 0).ToArray();
        var explanation = new RecordedExplanation();

        var explained = cluster.Decide(situation.Request(cluster), explanation, tried);
        var again = cluster.Decide(situation.Request(cluster), new RecordedExplanation(), tried);
        var decided = cluster.Decide(situation.Request(cluster), explanation: null, tried);

        Assert.Equal(explained, again);
        Assert.Equal((decided.Outcome, decided.Status, decided.Binds), (explained.Outcome, explained.Status, explained.Binds));
        if (explained.Node is not null || decided.Node is null)
        {
            Assert.Same(decided.Node, explained.Node);
        }
        else
        {
            AssertIsCandidate(decided.Node, explanation);
        }
    });

    [Theory]
    [InlineData("round-robin", 3)]
    [InlineData("weighted", 3)]
    [InlineData("random", 3)]
    [InlineData("least-connections", 1)] // of empty nodes the heaviest would be certain
    public void Explain_BetweenDecisions_AdvancesNothing(string router, int weight)
    {
        var cluster = new TestCluster(
            options => options.Router = router, TestCluster.Node("a", node => node.Weight = weight), TestCluster.Node("b"), TestCluster.Node("c"));
        var undisturbed = new TestCluster(
            options => options.Router = router, TestCluster.Node("a", node => node.Weight = weight), TestCluster.Node("b"), TestCluster.Node("c"));
        for (var i = 0; i < 30; i++)
        {
            var explanation = new RecordedExplanation();
            var explained = cluster.Decide(Http.Negotiate(), explanation);
            Assert.Null(explained.Node);
            Assert.Equal(1, explanation.Shares!.Sum(), 9);
            Assert.Equal(["classify: negotiate", $"router: {router}"], explanation.Steps);

            var (one, other) = (cluster.Decide(Http.Negotiate()), undisturbed.Decide(Http.Negotiate()));
            if (router is "round-robin")
            {
                Assert.Equal(other.Node!.Name, one.Node!.Name);
            }
        }

        Assert.Equal((0, 0), (cluster.Connections.Count, cluster["a"].Metrics.ClientConnectionCount));
    }

    [Fact]
    public void Explain_Steps_TellWhatWasAsked()
    {
        var cluster = new TestCluster(options => options.Affinity.Foreign = [new() { Kind = ForeignCookieKind.YarpHash, Cookie = "yarp" }],
            TestCluster.Node("a"), TestCluster.Node("b"));
        cluster.Hubs.Learn("/chat");
        cluster.Learn("learned", "b");

        Assert.Equal("classify: negotiate, foreign cookie: hit", Steps(Http.Negotiate(("Cookie", cluster.Snapshot.Foreign!.PairOf(1, cluster["a"])!))));
        Assert.Equal("classify: has-id, tag: hit", Steps(Http.Get($"/chat?id={cluster.Tagged("tok", "a")}")));
        Assert.Equal("classify: has-id, tag: miss, store: miss", Steps(Http.Get("/chat?id=x.g1AbCdEfGh-_0")));
        Assert.Equal("classify: has-id, store: hit", Steps(Http.Get("/chat?id=learned")));
        Assert.Equal("classify: has-id, id: repeated", Steps(Http.Get("/chat?id=AbCdEfGhIjKlMnOpQr-_09&id=y")));
        Assert.Equal("classify: has-id, store: miss, id: the application's, router: weighted", Steps(Http.Get("/page?id=5")));
        Assert.Equal("classify: negotiate, cookie: hit", Steps(Http.Negotiate(("Cookie", cluster.Cookie("a")))));
        Assert.Equal("classify: websocket, router: weighted", Steps(Http.WebSocket("/chat")));
        cluster.SetHealth("a", DestinationHealth.Unhealthy);
        Assert.Equal("classify: other, cookie: not available, router: weighted", Steps(Http.Get("/page", ("Cookie", cluster.Cookie("a")))));
        cluster.SetHealth("b", DestinationHealth.Unhealthy);
        Assert.Equal("classify: other, candidates: none", Steps(Http.Get("/page")));

        string Steps(HttpContext context)
        {
            var explanation = new RecordedExplanation();
            cluster.Decide(context, explanation);
            return string.Join(", ", explanation.Steps);
        }
    }

    [Fact]
    public void Explain_OneCandidate_IsCertain()
    {
        var cluster = new TestCluster("a", "b");
        cluster.SetHealth("a", DestinationHealth.Unhealthy);

        Assert.Equal("b", cluster.Decide(Http.Negotiate(), new RecordedExplanation()).Node?.Name);
    }

    private static void AssertIsCandidate(GatewayNode decided, RecordedExplanation explanation)
    {
        var at = Enumerable.Range(0, explanation.Nodes!.Count).Single(i => ReferenceEquals(explanation.Nodes[i], decided));
        if (explanation.Shares is { } shares)
        {
            Assert.True(shares[at] > 0);
            Assert.Equal(1, shares.Sum(), 9);
        }
    }

    private static Gen<Situation> Situations() =>
        from mode in Gen.Elements(Enum.GetValues<AffinityMode>())
        from reattach in Gen.Elements(Enum.GetValues<Reattach>())
        from router in Gen.Elements("weighted", "random", "round-robin", "least-connections", "hash:ip", "hash:query:q", "query:node", "header:X-Node")
        from miss in Gen.Elements(Enum.GetValues<RouterMiss>())
        from enforces in Gen.Elements(true, false)
        from states in Gen.ArrayOf(Gen.Choose(0, 4), Names.Length)
        from loads in Gen.ArrayOf(Gen.Choose(0, 3), Names.Length)
        from capacities in Gen.ArrayOf(Gen.Choose(0, 3), Names.Length)
        from request in Gen.Choose(0, 11)
        from cookie in Gen.Choose(-1, Names.Length - 1)
        from tried in Gen.Choose(0, 15)
        from foreign in Gen.Elements(true, false)
        select new Situation(mode, reattach, router, miss, enforces, states, loads, capacities, request, cookie, tried, foreign);

    private sealed record Situation(
        AffinityMode Mode, Reattach Reattach, string Router, RouterMiss Miss, bool Enforces, int[] States, int[] Loads, int[] Capacities, int Kind,
        int CookieOf, int Tried, bool IsForeign)
    {
        public TestCluster Create()
        {
            var cluster = new TestCluster(
                options => (options.Affinity.Mode, options.Affinity.Reattach, options.Router, options.RouterMiss, options.EnforceCapacity) = (Mode, Reattach,
                    Router, Miss, Enforces),
                [.. Names.Select((name, i) => TestCluster.Node(name, node =>
                    (node.ConnectionCapacity, node.EndpointType, node.Weight) = (Capacities[i], name is "s" ? EndpointType.Secondary : EndpointType.Primary,
                        i + 1)))]);
            cluster.Options.Affinity.Foreign = [new() { Kind = ForeignCookieKind.YarpHash, Cookie = "yarp" }];
            cluster.Hubs.Learn("/chat");
            cluster.Learn("learned", "b");
            for (var i = 0; i < Names.Length; i++)
            {
                var node = cluster[Names[i]];
                node.State.Connections.Add(Transport.WebSockets, Loads[i]);
                node.State.Lifecycle = States[i] switch { 1 => NodeLifecycle.Staging, 2 => NodeLifecycle.Draining, _ => NodeLifecycle.Open };
                node.Destination.Health.Active = States[i] == 3 ? DestinationHealth.Unhealthy : DestinationHealth.Unknown;
            }

            cluster.Refresh();
            return cluster;
        }

        public DefaultHttpContext Request(TestCluster cluster)
        {
            DefaultHttpContext context = Kind switch
            {
                0 => Http.Negotiate(),
                1 => Http.WebSocket("/chat"),
                2 => Http.Get("/page?q=1"),
                3 => Http.Get($"/chat?id={cluster.Tagged("tok", "a")}"),
                4 => Http.Get("/chat?id=learned"),
                5 => Http.Get("/chat?id=unknown"),
                6 => Http.Get("/page?id=5"),
                7 => Http.Preflight("/chat"),
                8 => Http.Get("/chat?id=x.g1AbCdEfGh-_0"),
                9 => Http.Post("/chat/negotiate?node=B", ("X-Node", "a")),
                10 => Http.Get("/chat?id=1&id=2"),
                _ => Http.Get("/page", ("Transfer-Encoding", "x")),
            };
            context.Connection.RemoteIpAddress = System.Net.IPAddress.Loopback;
            if (CookieOf >= 0)
            {
                context.Request.Headers.Cookie = IsForeign
                    ? cluster.Snapshot.Foreign!.PairOf(1, cluster[Names[CookieOf]])
                    : cluster.Cookie(Names[CookieOf]);
            }

            return context;
        }
    }
}
