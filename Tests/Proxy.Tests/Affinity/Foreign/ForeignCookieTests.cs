using Proxy.Affinity.Foreign;
using Proxy.Configuration;
using Proxy.Nodes;
using Proxy.Outcomes;
using Xunit;
using Yarp.ReverseProxy.Model;

namespace Proxy.Tests.Affinity.Foreign;

/// <summary>Which node a cookie of another proxy prefers, and for which requests.</summary>
public sealed class ForeignCookieTests
{
    private static readonly ForeignCookieOptions Haproxy = new() { Kind = ForeignCookieKind.Haproxy, Cookie = "SRV" };

    /// <summary>HAProxy writes dates behind the value with maxidle and maxlife (2.6.12, run); nginx and HAProxy compare with case, ARR without.</summary>
    [Theory]
    [InlineData(ForeignCookieKind.Haproxy, "s1", "a")]
    [InlineData(ForeignCookieKind.Haproxy, "s1|awsMB|awsMB", "a")]
    [InlineData(ForeignCookieKind.Haproxy, "s1|", "a")]
    [InlineData(ForeignCookieKind.Haproxy, "\"s2\"", "b")]
    [InlineData(ForeignCookieKind.Haproxy, "S1", null)]
    [InlineData(ForeignCookieKind.Haproxy, "s1~x", null)]
    [InlineData(ForeignCookieKind.Haproxy, "|s1", null)]
    [InlineData(ForeignCookieKind.Haproxy, "", null)]
    [InlineData(ForeignCookieKind.HaproxyPrefix, "s1~own~value", "a")]
    [InlineData(ForeignCookieKind.HaproxyPrefix, "s1~", "a")]
    [InlineData(ForeignCookieKind.HaproxyPrefix, "s1", null)]
    [InlineData(ForeignCookieKind.HaproxyPrefix, "~s1", null)]
    [InlineData(ForeignCookieKind.HaproxyPrefix, "other~s1", null)]
    [InlineData(ForeignCookieKind.Literal, "s1", "a")]
    [InlineData(ForeignCookieKind.Literal, "s1|x", null)]
    [InlineData(ForeignCookieKind.Arr, "78d0ad4bb592d2eba6c4ed9a8ef34dd9a9a64a2ff3d0aaf7b7fd9ee4b5c6d8f1", null)]
    public void Find_Value_NamesItsNode(ForeignCookieKind kind, string value, string? node) =>
        Assert.Equal(node, Cluster(new ForeignCookieOptions { Kind = kind, Cookie = "c" }).Snapshot.Foreign!
            .Find(Http.Get("/", ("Cookie", $"x=1; c={value}")).Request, out _)?.Name);

    [Fact]
    public void Find_HexDigits_WithoutCaseForArrOnly()
    {
        var arr = Assert.Single(ForeignValues.Of(ForeignCookieKind.Arr, "s1", key: null));
        var cluster = Cluster(new ForeignCookieOptions { Kind = ForeignCookieKind.Arr, Cookie = "ARRAffinity" });
        var other = Cluster(new ForeignCookieOptions { Kind = ForeignCookieKind.YarpHash, Cookie = "ARRAffinity" });
        var hash = Assert.Single(ForeignValues.Of(ForeignCookieKind.YarpHash, "S1", key: null));

        Assert.Equal("a", Decide(cluster, $"ARRAffinity={arr}"));
        Assert.Equal("a", Decide(cluster, $"ARRAffinity={arr.ToLowerInvariant()}"));
        Assert.Equal("a", Decide(other, $"ARRAffinity={hash}"));
        Assert.Null(Decide(other, $"ARRAffinity={hash.ToUpperInvariant()}"));
    }

    [Theory]
    [InlineData("SRV=s1", "a")]
    [InlineData("srv=s1", null)]
    [InlineData("SRV=unknown; SRV=s2; SRV=s1", "b")] // the first that names a node, as in nginx
    [InlineData("xSRV=s1", null)]
    public void Decide_NewConnection_PrefersTheNamedNode(string cookie, string? node) => Assert.Equal(node, Decide(Cluster(Haproxy), cookie));

    [Fact]
    public void Decide_SeveralCookies_TheFirstConfiguredCounts()
    {
        var cluster = Cluster(Haproxy, new ForeignCookieOptions { Kind = ForeignCookieKind.Literal, Cookie = "route" });

        Assert.Equal("b", Decide(cluster, "route=s1; SRV=s2"));
        Assert.Equal("a", Decide(cluster, "route=s1; SRV=gone"));
    }

    /// <summary>Ours is newer: a drain may have moved the client since the other proxy has set its own.</summary>
    [Fact]
    public void Decide_OurCookieBesideIt_Wins()
    {
        var cluster = Cluster(Haproxy);

        var decision = cluster.Decide(Http.Negotiate(("Cookie", $"SRV=s1; {cluster.Cookie("b")}")));
        Assert.Equal((RoutingOutcome.Cookie, "b"), (decision.Outcome, decision.Node!.Name));

        cluster.SetHealth("b", DestinationHealth.Unhealthy);
        Assert.Equal(RoutingOutcome.Router, cluster.Decide(Http.Negotiate(("Cookie", $"SRV=s1; {cluster.Cookie("b")}"))).Outcome);
    }

    [Fact]
    public void Decide_Foreign_BindsTheClientAnew()
    {
        var decision = Cluster(Haproxy).Decide(Http.Get("/page", ("Cookie", "SRV=s1")));

        Assert.Equal((RoutingOutcome.ForeignCookie, "a", true), (decision.Outcome, decision.Node?.Name, decision.Binds));
    }

    [Theory]
    [InlineData(AffinityMode.Auto, true)]
    [InlineData(AffinityMode.Tag, true)]
    [InlineData(AffinityMode.Learn, true)]
    [InlineData(AffinityMode.Cookie, true)]
    [InlineData(AffinityMode.ClientIp, false)]
    [InlineData(AffinityMode.None, false)]
    public void Decide_ByMode_AsOurCookie(AffinityMode mode, bool isHonoured)
    {
        var cluster = Cluster(Haproxy);
        (cluster.Options.Affinity.Mode, cluster.Options.Router) = (mode, "round-robin");
        cluster.Refresh();

        Assert.Equal(isHonoured, cluster.Decide(Http.Negotiate(("Cookie", "SRV=s1"))).Outcome is RoutingOutcome.ForeignCookie);
    }

    /// <summary>The cookie does not say where the connection is that an id names: not even where ids are not looked at.</summary>
    [Theory]
    [InlineData(AffinityMode.Auto, RoutingOutcome.UnknownId)]
    [InlineData(AffinityMode.Learn, RoutingOutcome.UnknownId)]
    [InlineData(AffinityMode.Cookie, RoutingOutcome.Router)]
    public void Decide_RequestWithId_IsNotAsked(AffinityMode mode, RoutingOutcome outcome)
    {
        var cluster = Cluster(Haproxy);
        cluster.Hubs.Learn("/chat");
        cluster.Options.Affinity.Mode = mode;
        cluster.Refresh();

        Assert.Equal(outcome, cluster.Decide(Http.Get("/chat?id=AbCdEfGhIjKlMnOpQr-_09", ("Cookie", "SRV=s1"))).Outcome);
    }

    [Fact]
    public void Decide_IdOfTheApplication_IsARequestLikeAnyOther() =>
        Assert.Equal(RoutingOutcome.ForeignCookie, Cluster(Haproxy).Decide(Http.Get("/products?id=5", ("Cookie", "SRV=s1"))).Outcome);

    [Theory]
    [InlineData(Reattach.Disabled, RoutingOutcome.Router, RoutingOutcome.Router)]
    [InlineData(Reattach.Preferred, RoutingOutcome.ForeignCookie, RoutingOutcome.Router)]
    [InlineData(Reattach.Required, RoutingOutcome.ForeignCookie, RoutingOutcome.NoNodeOnline)]
    public void Decide_NodeIsDown_AsReattachSays(Reattach reattach, RoutingOutcome up, RoutingOutcome down)
    {
        var cluster = Cluster(Haproxy);
        cluster.Options.Affinity.Reattach = reattach;
        cluster.Refresh();

        Assert.Equal(up, cluster.Decide(Http.Negotiate(("Cookie", "SRV=s1"))).Outcome);
        cluster.SetHealth("a", DestinationHealth.Unhealthy);
        Assert.Equal(down, cluster.Decide(Http.Negotiate(("Cookie", "SRV=s1"))).Outcome);
    }

    [Fact]
    public void Decide_DrainedFullOrTriedNode_IsNotForced()
    {
        var cluster = Cluster(Haproxy);
        Assert.Equal(RoutingOutcome.Router, cluster.Decide(Http.Negotiate(("Cookie", "SRV=s1")), explanation: null, "a").Outcome);

        cluster.Options.EnforceCapacity = true;
        cluster.Refresh();
        cluster["a"].State.Connections.Add(Proxy.Requests.Transport.WebSockets, 5);
        Assert.Equal(RoutingOutcome.Router, cluster.Decide(Http.Negotiate(("Cookie", "SRV=s1"))).Outcome);
        Assert.Equal(RoutingOutcome.ForeignCookie, cluster.Decide(Http.Get("/page", ("Cookie", "SRV=s1"))).Outcome); // a page takes no place

        cluster.Nodes.StartDrain(cluster["a"].State, DrainOrigin.Operator, DrainMode.Wait, TimeSpan.FromHours(1), 1);
        cluster.Refresh();
        Assert.Equal(RoutingOutcome.Router, cluster.Decide(Http.Get("/page", ("Cookie", "SRV=s1"))).Outcome);
    }

    [Fact]
    public void Find_TwoNodesOfOneValue_NamesNeither()
    {
        var cluster = new TestCluster(options => options.Affinity.Foreign = [Haproxy, new() { Kind = ForeignCookieKind.HaproxyPrefix, Cookie = "JS" }],
            Node("a", "same"), Node("b", "same"), Node("c", "s3"));

        Assert.Null(Decide(cluster, "SRV=same"));
        Assert.Equal("c", Decide(cluster, "SRV=s3"));
        Assert.Equal("JS=x", cluster.Snapshot.Foreign!.WithoutPrefixes("JS=same~x")); // the node must not see it all the same
    }

    /// <summary>A node in the place of another, under its name at the other proxy: the value is the first's until the second takes connections.</summary>
    [Fact]
    public void Find_NodeThatTakesAnothersPlace_HasItsValueOnceItIsOpen()
    {
        var cluster = Cluster(Haproxy);
        cluster.Learn("connection", "a");

        cluster.Load(TestCluster.Node("new", node => (node.Address, node.ForeignKey) = ("http://new", "s1")), Node("b", "s2"));
        Assert.Equal("a", Decide(cluster, "SRV=s1"));

        cluster.Nodes.Open(cluster["new"].State, TimeSpan.Zero);
        cluster.Refresh();
        Assert.Contains(cluster.Snapshot.Nodes, node => node.Name == "a"); // it still drains
        Assert.Equal("new", Decide(cluster, "SRV=s1"));
    }

    [Fact]
    public void Options_WithoutForeign_HaveNoTable() => Assert.Null(new TestCluster("a", "b").Snapshot.Foreign);

    [Theory]
    [InlineData("JS=s1~own", "JS=own")]
    [InlineData("a=1; JS=s1~own; b=s1~2", "a=1; JS=own; b=s1~2")]
    [InlineData("JS=s1~a; JS=s2~b,JS=s1~c", "JS=a; JS=b,JS=c")]
    [InlineData("JS=own", "JS=own")]
    [InlineData("JS=own~s1~", "JS=own~s1~")] // the application's own, since the gateway has taken over
    [InlineData("JS=s1~s1~x", "JS=s1~x")]
    [InlineData("JS=s1~", "JS=")]
    [InlineData("JS=\"s1~x\"", "JS=\"s1~x\"")]
    [InlineData("SRV=s1~x", "SRV=s1~x")]
    [InlineData(" JS=s1~x ;", " JS=x ;")]
    [InlineData(";;=s1~x;JS;JS", ";;=s1~x;JS;JS")]
    [InlineData("", "")]
    [InlineData(null, null)]
    public void WithoutPrefixes_CookieField_IsAsTheApplicationHasMadeIt(string? field, string? plain) =>
        Assert.Equal(plain, Cluster(Haproxy, new ForeignCookieOptions { Kind = ForeignCookieKind.HaproxyPrefix, Cookie = "JS" }).Snapshot.Foreign!
            .WithoutPrefixes(field));

    [Theory]
    [InlineData(ForeignCookieKind.Haproxy, "/", null)]
    [InlineData(ForeignCookieKind.Haproxy, "/app", null, "c=; Max-Age=0; Path=/")]
    [InlineData(ForeignCookieKind.Traefik, "/", ".example.com", "c=; Max-Age=0; Path=/")]
    [InlineData(ForeignCookieKind.Nginx, "/", null, "c=; Max-Age=0")]
    [InlineData(ForeignCookieKind.Arr, "/", null, "c=; Max-Age=0; Path=/; Domain=hub.example")]
    [InlineData(ForeignCookieKind.Literal, "/", null, "c=; Max-Age=0; Path=/; Domain=hub.example")]
    public void Removals_OfACookieUnderOurName_AreWhereItMayStandBesideOurs(ForeignCookieKind kind, string path, string? domain, params string[] expected)
    {
        var cookie = new ForeignCookie(new ForeignCookieOptions { Kind = kind, Cookie = "c" }, []);

        Assert.Equal(expected, cookie.Removals(new AffinityCookieOptions { Path = path, Domain = domain }, "hub.example"));
        Assert.All(cookie.Removals(new AffinityCookieOptions(), "10.0.0.1;x"), removal => Assert.DoesNotContain("Domain", removal, StringComparison.Ordinal));
    }

    private static TestCluster Cluster(params ForeignCookieOptions[] cookies) =>
        new(options => options.Affinity.Foreign = cookies, Node("a", "s1"), Node("b", "s2"));

    private static (string Name, NodeOptions Options) Node(string name, string foreignKey) =>
        TestCluster.Node(name, node => (node.ForeignKey, node.ConnectionCapacity) = (foreignKey, 5));

    private static string? Decide(TestCluster cluster, string cookie) =>
        cluster.Decide(Http.Negotiate(("Cookie", cookie))) is { Outcome: RoutingOutcome.ForeignCookie } decision ? decision.Node!.Name : null;
}
