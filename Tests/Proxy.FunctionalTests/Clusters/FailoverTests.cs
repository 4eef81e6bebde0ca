using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Clusters;

/// <summary>A node dies, hangs or is started anew: new connections avoid it, cookies are replaced, old ids get their reason.</summary>
public sealed class FailoverTests : NodesTestBed
{
    private static readonly string[] Probed = ["--Gateway:Health:Path=/health", "--Gateway:Diagnostics:ResponseHeaders=true"];

    [Fact]
    public async Task NodeKilled_CookiesThatNameItAreReplacedAndItsIdsAreRefused()
    {
        var (a, b) = (await StartNodeAsync("a"), await StartNodeAsync("b"));
        await using var lineA = new TcpForwarder(a.Url);
        await using var lineB = new TcpForwarder(b.Url);
        var gateway = await StartGatewayAsync([("a", lineA.Url), ("b", lineB.Url)], Probed);
        var clients = await StartLightAsync(gateway, 20, keepsCookies: true);
        var lost = clients.Where(static client => client.Node == "b").ToArray();
        var cookies = lost.Select(static client => client.Cookie).ToArray();
        var (polled, _) = await FindOnAsync(gateway, "b");
        Assert.NotEmpty(lost);

        await lineB.DisposeAsync(); // resets every connection, and refuses new ones

        await Eventually.HoldsAsync(() => clients.All(static client => client.Node == "a"));

        Assert.All(lost, static client => Assert.Empty(client.Refusals)); // whoever negotiated with the dead node was tried on the other
        Assert.All(lost.Zip(cookies), static pair => Assert.NotEqual(pair.Second, pair.First.Cookie));
        foreach (var client in lost)
        {
            Assert.Equal("a", (await NegotiateAsync(gateway, client.Cookie)).Node); // what the new cookie says
        }

        var refused = await SendAsync(gateway, HttpMethod.Post, $"/hub?id={polled}");
        Assert.Equal((502, "owner-unreachable"), (refused.Status, refused.Outcome));
        Assert.All(clients.Except(lost), static client => Assert.Empty(client.Ends));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    public async Task NodeStartedAnew_IdsOfTheFormerProcess_AreRefusedWithTheReason(int negotiateVersion)
    {
        var first = await StartNodeAsync("a");
        var url = first.Url.GetLeftPart(UriPartial.Authority);
        var gateway = await StartGatewayAsync([first, await StartNodeAsync("b")], [.. Probed, "--Gateway:Health:Interval=00:00:00.1"]);
        var (old, _) = await FindOnAsync(gateway, "a", negotiateVersion);
        Assert.Equal(200, (await SendAsync(gateway, HttpMethod.Get, $"/hub?id={old}")).Status);

        await first.DisposeAsync();
        await StartNodeAsync("a", "--urls", url);
        await Eventually.HoldsAsync(
            async () => (await SendAsync(gateway, HttpMethod.Post, $"/hub?id={old}")).Outcome == "owner-restarted", expectation: "the old id is refused");

        var refused = await SendAsync(gateway, HttpMethod.Get, $"/hub?id={old}");
        Assert.Equal((404, "owner-restarted", "No Connection with that ID"), (refused.Status, refused.Outcome, refused.Body));
        await OnlineIsAsync(gateway, "a", online: true);
        var (fresh, _) = await FindOnAsync(gateway, "a", negotiateVersion);
        Assert.Equal(200, (await SendAsync(gateway, HttpMethod.Get, $"/hub?id={fresh}")).Status);
        // The old one counts no more
        Assert.Equal(1, (await gateway.Admin.NodeAsync("a"))!.Value.GetProperty("connections").GetProperty("longPolling").GetInt32());
    }

    [Fact]
    public async Task NodeFrozen_LeavesTheChoiceAndComesBack()
    {
        var frozen = new TaskCompletionSource();
        frozen.SetResult();
        var gate = frozen.Task;
        var b = await StartNodeAsync("b", async (context, next) =>
        {
            await Volatile.Read(ref gate).WaitAsync(context.RequestAborted);
            await next(context);
        });
        var gateway = await StartGatewayAsync([await StartNodeAsync("a"), b], Probed);
        await OnlineIsAsync(gateway, "b", online: true);

        var thaw = new TaskCompletionSource();
        Volatile.Write(ref gate, thaw.Task);
        await Eventually.HoldsAsync(
            async () => !(await gateway.Admin.NodeAsync("b"))!.Value.GetProperty("online").GetBoolean(), within: TimeSpan.FromSeconds(10),
                expectation: "b is out");
        Assert.Equal(["a"], (await CountAnswersAsync(gateway, 20)).Keys);

        thaw.SetResult();
        await OnlineIsAsync(gateway, "b", online: true);
        Assert.Equal(["a", "b"], (await CountAnswersAsync(gateway, 40)).Keys.Order());
    }

    [Fact]
    public async Task NegotiateUnderWay_NodeFreezes_IsAnsweredByAnother()
    {
        var hang = new TaskCompletionSource();
        var isFrozen = false;
        var a = await StartNodeAsync("a", async (context, next) =>
        {
            if (Volatile.Read(ref isFrozen))
            {
                await hang.Task.WaitAsync(context.RequestAborted);
            }

            await next(context);
        });
        var gateway = await StartGatewayAsync([(a.Name, a.Url), ("s:secondary", (await StartNodeAsync("s")).Url)], Probed);
        Assert.Equal("a", (await NegotiateAsync(gateway)).Node);

        Volatile.Write(ref isFrozen, value: true);
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => NegotiateAsync(gateway))); // given up as soon as the probes say so

        Assert.All(answers, static answer => Assert.Equal("s", answer.Node));
        var health = (await gateway.Admin.NodeAsync("a"))!.Value.GetProperty("health"); // what was given up here says nothing of the node
        Assert.Equal(("unhealthy", "unknown"), (health.GetProperty("active").GetString(), health.GetProperty("passive").GetString()));
    }

    [Fact]
    public async Task EveryNodeIsDown_NewConnections_AreRefusedUntilOneIsBack()
    {
        var a = await StartNodeAsync("a");
        var url = a.Url.GetLeftPart(UriPartial.Authority);
        var gateway = await StartGatewayAsync([a], [.. Probed, "--Gateway:Health:Interval=00:00:00.1"]);
        await a.DisposeAsync();
        await OnlineIsAsync(gateway, "a", online: false);

        var refused = await AskAsync(gateway, "POST", "/hub/negotiate?negotiateVersion=1", "Content-Length: 0");
        Assert.Equal((503, "no-node-online"), (refused.Status, refused.All("X-Affinity-Outcome").Single()));
        Assert.Equal(["1"], refused.All("Retry-After"));

        await StartNodeAsync("a", "--urls", url);
        await Eventually.HoldsAsync(
            async () => (await SendAsync(gateway, HttpMethod.Post, "/hub/negotiate?negotiateVersion=1")).Status == 200, expectation: "a is back");
    }

    private async Task<(string Token, string Node)> FindOnAsync(TestGateway gateway, string node, int version = 1)
    {
        while (true)
        {
            var answer = await NegotiateAsync(gateway, version: version);
            if (answer.Node == node)
            {
                return answer;
            }
        }
    }
}
