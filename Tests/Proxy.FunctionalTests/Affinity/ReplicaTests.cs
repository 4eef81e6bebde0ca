using Proxy.FunctionalTests.Forwarding;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Affinity;

/// <summary>Several gateways before the same nodes share nothing but their configuration.</summary>
public sealed class ReplicaTests : FunctionalTestBed
{
    private const string OldKey = "an-old-key-of-this-test";
    private const string NewKey = "a-new-key-of-this-test";

    [Fact]
    public async Task Replicas_WithoutAnyKey_AgreeOnTagsAndCookies()
    {
        var nodes = StartNodes();
        var gateways = new[] { await StartAsync(nodes), await StartAsync(nodes), await StartAsync([nodes[2], nodes[0], nodes[1]]) };

        await AssertAgreeAsync(gateways, gateways);
    }

    [Fact]
    public async Task Replicas_WithTheSameKeys_AgreeOnTagsAndCookies()
    {
        var nodes = StartNodes();

        var gateways = new[] { await StartAsync(nodes, NewKey), await StartAsync(nodes, NewKey) };

        await AssertAgreeAsync(gateways, gateways);
    }

    /// <summary>New key first, old key second, on every replica; then the old key may go.</summary>
    [Fact]
    public async Task Keys_WhileTheyRotate_OldTagsAndCookiesStayGood()
    {
        var nodes = StartNodes();
        var before = await StartAsync(nodes, OldKey);
        var during = await StartAsync(nodes, NewKey, OldKey);
        var after = await StartAsync(nodes, NewKey);

        await AssertAgreeAsync([before], [before]);
        await AssertAgreeAsync([before], [during], renewsCookies: true);
        await AssertAgreeAsync([during], [during, after]);
    }

    [Fact]
    public async Task Keys_ThatAreGone_TakeTheirTagsAndCookiesAlong()
    {
        var nodes = StartNodes();
        var before = await StartAsync(nodes, OldKey);
        var after = await StartAsync(nodes, NewKey);
        var opened = await NegotiateAsync(before);

        var owned = await AskAsync(after, "GET", "/chat?id=" + NegotiateAnswerTests.TokenOf(opened));
        var page = await AskAsync(after, "GET", "/page", CookieOf(opened));

        Assert.Equal(404, owned.Status);
        Assert.Equal("bad-tag", owned.Field("X-Affinity-Outcome"));
        Assert.Single(page.All("Set-Cookie"));
    }

    /// <summary>A node that is renamed and says so keeps its tags.</summary>
    [Fact]
    public async Task Node_UnderAnotherNameWithTheSameAffinityKey_OwnsTheSameTags()
    {
        var node = StartNodes()[0];
        var before = await StartAsync([node]);
        var after = await StartGatewayAsync(
            [], "--Gateway:Nodes:renamed:Address=" + node.Url.GetLeftPart(UriPartial.Authority), "--Gateway:Nodes:renamed:AffinityKey=a");

        var token = NegotiateAnswerTests.TokenOf(await NegotiateAsync(before));

        Assert.Equal("a", (await AskAsync(after, "GET", "/chat?id=" + token)).Body);
    }

    // Whatever the ones have given out leads to the same node through the others.
    private static async Task AssertAgreeAsync(TestGateway[] givers, TestGateway[] takers, bool renewsCookies = false)
    {
        foreach (var giver in givers)
        {
            var opened = await NegotiateAsync(giver);
            var token = NegotiateAnswerTests.TokenOf(opened);
            var owner = token[2..3]; // "T-a.g1…"
            foreach (var taker in takers)
            {
                Assert.Equal(owner, (await AskAsync(taker, "GET", "/chat?id=" + token)).Body);
                var page = await AskAsync(taker, "GET", "/page", CookieOf(opened));
                Assert.Equal(owner, page.Body);
                Assert.Equal(renewsCookies ? 1 : 0, page.All("Set-Cookie").Count);
            }
        }
    }

    private ScriptedNode[] StartNodes() => [.. "abc".Select(name => StartScripted(name.ToString(), static exchange =>
        exchange.Request.Method is "POST" ? exchange.AnswerNegotiateAsync("T-" + exchange.NodeName) : exchange.AnswerNameAsync()))];

    private Task<TestGateway> StartAsync(ScriptedNode[] nodes, params string[] keys) =>
        StartGatewayAsync(nodes, ["--Gateway:Router=round-robin", .. keys.Select((key, i) => $"--Gateway:Affinity:Keys:{i}={key}")]);

    private static string CookieOf(RawMessage answer) => "Cookie: " + Assert.Single(answer.All("Set-Cookie")).Split(';')[0];
}
