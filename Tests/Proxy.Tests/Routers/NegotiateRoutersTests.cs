using Proxy.Configuration;
using Proxy.Nodes;
using Proxy.Routers;
using Xunit;

namespace Proxy.Tests.Routers;

public sealed class NegotiateRoutersTests
{
    private readonly TestCluster _cluster = new(
        static _ => { }, TestCluster.Node("a"), TestCluster.Node("b"), TestCluster.Node("standby", node => node.EndpointType = EndpointType.Secondary));

    [Theory]
    [InlineData("weighted", typeof(WeightedRouter))]
    [InlineData("Weighted", typeof(WeightedRouter))]
    [InlineData("round-robin", typeof(RoundRobinRouter))]
    [InlineData("hash:ip", typeof(HashRouter))]
    [InlineData("HASH:IP", typeof(HashRouter))]
    [InlineData("hash:query:user", typeof(HashRouter))]
    [InlineData("query:node", typeof(NamedNodeRouter))]
    [InlineData("Header:X-Node", typeof(NamedNodeRouter))]
    [InlineData("ip", null)]
    [InlineData("hash:", null)]
    [InlineData("hash:query:", null)]
    [InlineData("hash:ip:x", null)]
    [InlineData("hash:query:a b", null)]
    [InlineData("hash:header:a:b", null)]
    [InlineData("header:a b", null)]
    [InlineData("query:a&b", null)]
    [InlineData("query:a:b", typeof(NamedNodeRouter))]
    [InlineData("query:", null)]
    [InlineData("query", null)]
    [InlineData("cookie:x", null)]
    [InlineData("", null)]
    public void Find_ByName(string name, Type? expected)
    {
        Assert.Equal(expected, _cluster.Routers.Find(name, RouterMiss.Fallback)?.GetType());
    }

    [Fact]
    public void Forms_All_AreThoseOfMessages()
    {
        var routers = TestRouters.Create(new ScriptedRouter("mine", static (_, candidates) => candidates[0]));

        Assert.Equal(
            ["weighted", "random", "round-robin", "least-connections", "hash:ip", "hash:query:NAME", "hash:header:NAME", "query:NAME", "header:NAME", "mine"],
                routers.Forms);
        Assert.All(routers.Forms, form => Assert.True(routers.Contains(form)));
    }

    [Theory]
    [InlineData("query:node", "/chat/negotiate?node=B", "b")]
    [InlineData("query:node", "/chat/negotiate?NODE=%62", "b")]
    [InlineData("query:node", "/chat/negotiate?node=nobody", null)]
    [InlineData("query:node", "/chat/negotiate?node=standby", null)] // not among those that take new connections
    [InlineData("query:node", "/chat/negotiate?node=a&node=b", null)]
    [InlineData("query:node", "/chat/negotiate?node=", null)]
    [InlineData("query:node", "/chat/negotiate", null)]
    [InlineData("header:X-Node", "/chat/negotiate", "b")]
    public void NamedNode_FallsBackOrRefuses(string name, string target, string? expected)
    {
        var candidates = _cluster.Snapshot.Candidates;
        var (fallback, strict) = (_cluster.Routers.Find(name, RouterMiss.Fallback)!, _cluster.Routers.Find(name, RouterMiss.BadRequest)!);

        var context = Http.Post(target, ("X-Node", "b"));
        Assert.Equal(expected, strict.PickOwner(context, candidates)?.Name);
        Assert.Equal(expected is null ? 400 : 200, context.Response.StatusCode);
        Assert.Equal(expected is null ? [0d, 0d] : [0d, 1d], strict.GetShares(context, candidates));

        context = Http.Post(target, ("X-Node", "b"));
        var picked = Enumerable.Range(0, 100).Select(_ => fallback.PickOwner(context, candidates)!.Name).Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(expected is null ? ["a", "b"] : [expected], picked);
        Assert.Equal(200, context.Response.StatusCode);
    }

    [Fact]
    public void Find_OwnRouterUnderABuiltInName_ReplacesIt()
    {
        var routers = TestRouters.Create(new ScriptedRouter("WEIGHTED", static (_, candidates) => candidates[^1]));

        Assert.IsType<ScriptedRouter>(routers.Find("weighted", RouterMiss.Fallback));
        Assert.Equal(TestRouters.Create().Forms.Count, routers.Forms.Count);

        // And where a router falls back to "weighted", it is that one, too.
        Assert.All(Enumerable.Range(0, 50), _ => Assert.Same(
            _cluster.Snapshot.Candidates[^1], routers.Find("query:node", RouterMiss.Fallback)!.PickOwner(Http.Negotiate(), _cluster.Snapshot.Candidates)));
        Assert.All(Enumerable.Range(0, 50), _ => Assert.Same(
            _cluster.Snapshot.Candidates[^1], routers.Find("hash:query:x", RouterMiss.Fallback)!.PickOwner(Http.Negotiate(), _cluster.Snapshot.Candidates)));
    }

    [Fact]
    public void Decorator_WithoutOverrides_IsTheInnerRouter()
    {
        var plain = new Renamed(new RoundRobinRouter());
        var candidates = _cluster.Snapshot.Candidates;

        Assert.Equal("ab", string.Concat(Enumerable.Range(0, 2).Select(_ => plain.PickOwner(Http.Negotiate(), candidates)!.Name)));
        Assert.Equal([0.5, 0.5], plain.GetShares(Http.Negotiate(), candidates));
    }

    [Fact]
    public void Decorator_OverridingThePick_IsAskedByTheGateway()
    {
        var cluster = new TestCluster(options => options.Router = "vip", [new Vip(new RandomRouter())], TestCluster.Node("a"), TestCluster.Node("vip"));

        Assert.All(Enumerable.Range(0, 20), _ => Assert.Equal("vip", cluster.Decide(Http.Negotiate(("X-Vip", "1"))).Node?.Name));
        Assert.Equal(2, Enumerable.Range(0, 100).Select(_ => cluster.Decide(Http.Negotiate()).Node!.Name).Distinct().Count());
    }

    private sealed class Renamed(INegotiateRouter inner) : NegotiateRouterDecorator(inner)
    {
        public override string Name => "renamed";
    }

    private sealed class Vip(INegotiateRouter inner) : NegotiateRouterDecorator(inner)
    {
        public override string Name => "vip";

        public override GatewayNode? PickOwner(HttpContext context, IReadOnlyList<GatewayNode> candidates) =>
            context.Request.Headers.ContainsKey("X-Vip") ? candidates.Single(node => node.Name is "vip") : base.PickOwner(context, candidates);
    }
}
