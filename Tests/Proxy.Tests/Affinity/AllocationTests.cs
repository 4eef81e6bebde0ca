using Proxy.Configuration;
using Proxy.Outcomes;
using Proxy.Requests;
using Xunit;

namespace Proxy.Tests.Affinity;

/// <summary>Finding the owner of a request allocates nothing, wherever the answer comes from.</summary>
public sealed class AllocationTests
{
    private const int Times = 1000;

    private readonly TestCluster _cluster = new(
        options => (options.Affinity.Keys, options.Hubs) = (["new", "old"], ["/one", "/two"]), TestCluster.Node("a"), TestCluster.Node("b"));

    public AllocationTests()
    {
        _cluster.Hubs.Learn("/chat");
        _cluster.Learn("learned", "b");
    }

    [Fact]
    public void TryFind_Tag_AllocatesNothing()
    {
        var plain = _cluster.Tagged("tok", "a");
        var encoded = plain.Replace(".", "%2E", StringComparison.Ordinal);

        Assert.Equal(0, Allocated(() =>
        {
            Span<char> tag = stackalloc char[Tag.Length];
            Assert.True(Tag.TryFind(plain, tag, out _) && Tag.TryFind(encoded, tag, out _) && _cluster.Snapshot.FindByTag(tag) is not null);
        }));
    }

    [Theory]
    [InlineData("/chat?access_token=abc&id=T&_=1")]
    [InlineData("/chat?access_token=abc&%69d=T&_=1")]
    [InlineData("/chat?id=learned")]
    [InlineData("/chat?id=unknown")]
    [InlineData("/chat?id=x.g1AbCdEfGh-_0")]
    public void Decide_RequestWithId_AllocatesNothing(string target)
    {
        var context = Http.Get(target.Replace("=T", "=" + _cluster.Tagged("tok", "a"), StringComparison.Ordinal), ("Accept", "text/event-stream"));

        Assert.Equal(0, Allocated(() => _ = _cluster.Decisions.Decide(context, RequestReader.Read(context), _cluster.Snapshot)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Decide_RequestWithCookie_AllocatesNothing(int key)
    {
        var replica = new TestCluster(options => options.Affinity.Keys = [_cluster.Options.Affinity.Keys[key]], TestCluster.Node("a"), TestCluster.Node("b"));
        var context = Http.Negotiate(("Cookie", $"x=1; {replica.Cookie("b")}; y=2"));
        Assert.Equal(RoutingOutcome.Cookie, _cluster.Decide(context).Outcome);

        Assert.Equal(0, Allocated(() => _ = _cluster.Decisions.Decide(context, RequestReader.Read(context), _cluster.Snapshot)));
    }

    [Theory]
    [InlineData("SRV=s1|awsMB|awsMB")]
    [InlineData("JS=s1~x")]
    [InlineData("SRV=unknown")]
    public void Decide_RequestWithAnotherProxysCookie_AllocatesNothing(string cookie)
    {
        var cluster = new TestCluster(
            options => options.Affinity.Foreign = [new() { Kind = ForeignCookieKind.Haproxy, Cookie = "SRV" }, new() { Kind = ForeignCookieKind.HaproxyPrefix, Cookie = "JS" }],
            TestCluster.Node("a", node => node.ForeignKey = "s1"), TestCluster.Node("b"));
        var context = Http.Negotiate(("Cookie", $"x=1; {cookie}; y=2"));
        Assert.Equal(cookie.Contains("s1", StringComparison.Ordinal), cluster.Decide(context).Outcome is RoutingOutcome.ForeignCookie);

        Assert.Equal(0, Allocated(() => _ = cluster.Decisions.Decide(context, RequestReader.Read(context), cluster.Snapshot)));
    }

    [Theory]
    [InlineData("weighted")]
    [InlineData("random")]
    [InlineData("round-robin")]
    [InlineData("least-connections")]
    public void Decide_NewConnection_AllocatesNothing(string router)
    {
        _cluster.Options.Router = router;
        _cluster.Refresh();
        var context = Http.Negotiate();

        Assert.Equal(0, Allocated(() => _ = _cluster.Decisions.Decide(context, RequestReader.Read(context), _cluster.Snapshot)));
    }

    private static long Allocated(Action action)
    {
        // The least of several rounds: a round may meet the tiered compiler at work.
        var least = long.MaxValue;
        for (var round = 0; round < 20 && least > 0; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < Times; i++)
            {
                action();
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
