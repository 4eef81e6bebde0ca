using System.Text.Json;
using Microsoft.AspNetCore.Http.Connections;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Clusters;

/// <summary>A node that drains: who comes, who stays, who is moved, and what is told of it.</summary>
public sealed class DrainTests : NodesTestBed
{
    [Fact]
    public async Task Drain_HundredCookieClientsReconnect_NoneComesToItAndNobodyBreaks()
    {
        var gateway = await StartGatewayAsync([await StartNodeAsync("a"), await StartNodeAsync("b"), await StartNodeAsync("c")]);
        var clients = await StartLightAsync(gateway, 100, keepsCookies: true);
        var nodesBefore = clients.Select(static client => client.Node).ToArray();
        Assert.Contains("b", nodesBefore);

        await gateway.Admin.DrainAsync("b");
        var sinceDrain = AtNodes.Requests.Count;

        // Each opens further connections beside the one it has, with its cookie, as a page does that is loaded again.
        for (var round = 0; round < 2; round++)
        {
            var answers = await Task.WhenAll(clients.Select(client => NegotiateAsync(gateway, client.Cookie)));
            Assert.DoesNotContain(answers, static answer => answer.Node == "b");
        }

        Assert.DoesNotContain(AtNodes.Requests.Skip(sinceDrain), static request => request.Site == "b" && (request.IsNegotiate || request.Status == 101));
        var echoes = await Task.WhenAll(clients.Select(static (client, i) => client.EchoAsync($"{i}", Cancel)));
        Assert.Equal(Enumerable.Range(0, 100).Select(static i => $"{i}"), echoes);
        Assert.All(clients, static client => Assert.Empty(client.Ends));
        Assert.Equal(nodesBefore, clients.Select(static client => client.Node));
    }

    [Theory]
    [InlineData("cut", HttpTransportType.WebSockets)]
    [InlineData("cut", HttpTransportType.WebSockets, true)]
    [InlineData("cut", HttpTransportType.ServerSentEvents)]
    [InlineData("cut", HttpTransportType.LongPolling)]
    [InlineData("wait-then-close", HttpTransportType.WebSockets)]
    [InlineData("wait-then-close", HttpTransportType.ServerSentEvents)]
    [InlineData("wait-then-close", HttpTransportType.LongPolling)]
    public async Task Drain_ThatCloses_MovesClientsWithoutAnError(string mode, HttpTransportType transport, bool stateful = false)
    {
        var gateway = await StartGatewayAsync([await StartNodeAsync("a"), await StartNodeAsync("b")]);
        var clients = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => StartMovingAsync(gateway, transport, stateful)));
        var callers = await Task.WhenAll(clients.Select(client => client.WhoAmIAsync(Cancel)));
        var drained = callers[0].Node;
        var other = drained == "a" ? "b" : "a";
        var moved = clients.Where((_, i) => callers[i].Node == drained).ToArray();

        await gateway.Admin.DrainAsync(drained, new { mode, timeout = "00:00:00", rate = 1000 });

        // Without any call: one that is under way when its connection moves fails, and would be the error that the client tells of.
        await Eventually.HoldsAsync(() => moved.All(static client => client.Events.Contains("reconnected")));
        var callersNow = await Task.WhenAll(clients.Select(client => client.WhoAmIAsync(Cancel)));
        Assert.All(callersNow, caller => Assert.Equal(other, caller.Node));

        // Those that were there moved once, without an error; the others noticed nothing.
        Assert.All(moved, static client => Assert.Equal(["reconnecting", "reconnected"], client.Events));
        Assert.All(clients.Except(moved), static client => Assert.Empty(client.Events));
        AtGateway.AssertNoAffinityErrors();
        AtNodes.AssertEachConnectionOnOneSite();
    }

    [Fact]
    public async Task Drain_ThatCloses_TellsWebSocketsBySignalRsCloseMessageAndACloseFrame()
    {
        var gateway = await StartGatewayAsync([await StartNodeAsync("a"), await StartNodeAsync("b")], "--Gateway:Router=round-robin");
        var clients = await StartLightAsync(gateway, 10);
        var moved = clients.Where(static client => client.Node == "a").ToArray();
        Assert.Equal(5, moved.Length);

        await gateway.Admin.DrainAsync("a", new { mode = "cut" });

        await Eventually.HoldsAsync(() => clients.All(static client => client.Node == "b"));
        Assert.All(moved, static client => Assert.Equal(["reconnect 1000"], client.Ends));
        Assert.All(clients.Except(moved), static client => Assert.Empty(client.Ends));
        Assert.All(clients, static client => Assert.Empty(client.Refusals));
        await Eventually.HoldsAsync(
            async () => Draining(await gateway.Admin.NodeAsync("a")).GetProperty("remaining").GetInt32() == 0, expectation: "nothing remains");
        Assert.Equal("draining", await gateway.Admin.StateOfAsync("a")); // until it is resumed
    }

    [Fact]
    public async Task Drain_WaitThenClose_MovesNobodyBeforeTheDeadlineAndThenAtItsRate()
    {
        var time = new ManualTimeProvider();
        var settings = new LiveSettings(await StartNodeAsync("a"), await StartNodeAsync("b"));
        var gateway = await StartLiveGatewayAsync(settings, time, "--Gateway:Health:Probe=none");
        var clients = await StartLightAsync(gateway, 40);
        var count = clients.Count(static client => client.Node == "a");
        Assert.True(count > 5, $"{count} of 40 on a");

        await gateway.Admin.DrainAsync("a", new { mode = "wait-then-close", timeout = "00:01:00", rate = 2 });
        time.Advance(TimeSpan.FromSeconds(59));
        await gateway.Admin.NodeAsync("a");
        Assert.All(clients, static client => Assert.Empty(client.Ends));

        // Two a second. The clock is faster than the clients, so what is counted here is behind what the gateway has asked for.
        var start = time.GetTimestamp();
        await AdvanceUntilAsync(
            time,
            TimeSpan.FromMilliseconds(250),
            () =>
            {
                var moved = clients.Count(static client => client.Connections > 1);
                Assert.True(moved <= (time.GetElapsedTime(start).TotalSeconds * 2) + 1, $"{moved} moved in {time.GetElapsedTime(start).TotalSeconds:0.00} s");
                return Task.FromResult(moved == count);
            },
            "all have moved");
        Assert.True(time.GetElapsedTime(start).TotalSeconds >= count / 2.0);
        Assert.All(clients, static client => Assert.Equal("b", client.Node));
        Assert.All(clients, static client => Assert.Empty(client.Refusals));
    }

    [Fact]
    public async Task Drain_Progress_IsTold()
    {
        var time = new ManualTimeProvider();
        var settings = new LiveSettings(await StartNodeAsync("a"), await StartNodeAsync("b"));
        var gateway = await StartLiveGatewayAsync(settings, time, "--Gateway:Health:Probe=none");
        var clients = await StartLightAsync(gateway, 20);
        var onA = clients.Where(static client => client.Node == "a").ToArray();
        Assert.NotEmpty(onA);

        await gateway.Admin.DrainAsync("a", new { mode = "wait", timeout = "00:10:00" });

        var told = Draining(await gateway.Admin.NodeAsync("a"));
        Assert.Equal(("operator", "wait", onA.Length),
            (told.GetProperty("origin").GetString(), told.GetProperty("mode").GetString(), told.GetProperty("remaining").GetInt32()));
        Assert.Equal(time.GetUtcNow() + TimeSpan.FromMinutes(10), told.GetProperty("deadline").GetDateTimeOffset());
        Assert.Equal(told.GetProperty("deadline").GetDateTimeOffset(), told.GetProperty("forecast").GetDateTimeOffset()); // nobody leaves: the deadline decides
        Assert.Equal(0, told.GetProperty("rate").GetDouble());

        await onA[0].DisposeAsync();
        await AdvanceUntilAsync(
            time,
            TimeSpan.FromSeconds(1),
            async () => Draining(await gateway.Admin.NodeAsync("a")) is var now
                && now.GetProperty("remaining").GetInt32() == onA.Length - 1
                && now.GetProperty("rate").GetDouble() > 0
                && (onA.Length == 1 || now.GetProperty("forecast").GetDateTimeOffset() < now.GetProperty("deadline").GetDateTimeOffset()),
            "one has left, and at that rate all will have before the deadline");
    }

    [Fact]
    public async Task Drain_WaitAtItsDeadline_RefusesIdsAndLeavesTunnels()
    {
        var time = new ManualTimeProvider();
        var settings = new LiveSettings(await StartNodeAsync("a"), await StartNodeAsync("b"));
        var gateway = await StartLiveGatewayAsync(settings, time, "--Gateway:Health:Probe=none");
        var client = await StartLightAsync(gateway);
        var drained = client.Node!;
        var (tagged, learned) = (await NegotiateOnAsync(gateway, drained, version: 1), await NegotiateOnAsync(gateway, drained, version: 0));
        Assert.Equal(200, (await SendAsync(gateway, HttpMethod.Get, $"/hub?id={tagged}")).Status);

        await gateway.Admin.DrainAsync(drained, new { mode = "wait", timeout = "00:00:20" });
        Assert.Equal(200, (await SendAsync(gateway, HttpMethod.Get, $"/hub?id={learned}")).Status); // live ids go on
        await AdvanceUntilAsync(
            time,
            TimeSpan.FromSeconds(1),
            async () => (await SendAsync(gateway, HttpMethod.Post, $"/hub?id={tagged}")).Outcome == "owner-removed",
            "the id is refused");

        var refused = await SendAsync(gateway, HttpMethod.Post, $"/hub?id={learned}");
        Assert.Equal((404, "owner-removed"), (refused.Status, refused.Outcome));
        Assert.Equal("still here", await client.EchoAsync("still here", Cancel));
        Assert.Empty(client.Ends);

        await gateway.Admin.ResumeAsync(drained);
        Assert.NotEqual("owner-removed", (await SendAsync(gateway, HttpMethod.Post, $"/hub?id={tagged}")).Outcome); // the node itself answers again
    }

    [Fact]
    public async Task Drain_NodeAsksForIt_FollowsItsReport()
    {
        var (a, b) = (await StartNodeAsync("a"), await StartNodeAsync("b"));
        var gateway = await StartGatewayAsync([a, b], "--Gateway:Health:Path=/health", "--Gateway:Health:Interval=00:00:00.1");
        var clients = await StartLightAsync(gateway, 10);

        b.State.Draining = true;
        await StateIsAsync(gateway, "b", "draining");

        Assert.Equal("report", Draining(await gateway.Admin.NodeAsync("b")).GetProperty("origin").GetString());
        Assert.Equal(["a"], (await CountAnswersAsync(gateway, 20)).Keys);
        await Task.WhenAll(clients.Select(static client => client.EchoAsync("x", Cancel)));
        Assert.All(clients, static client => Assert.Empty(client.Ends));

        b.State.Draining = false;
        await StateIsAsync(gateway, "b", "open");
    }

    [Fact]
    public async Task Stop_WithClientsOfEveryTransport_EndsEachProperly()
    {
        var node = await StartNodeAsync("a");
        var first = await StartGatewayAsync([node], "--Gateway:Scale:ShutdownTimeout=00:00:10");
        var sockets = await StartLightAsync(first, 10);
        var stream = await StartMovingAsync(first, HttpTransportType.ServerSentEvents);
        var (polled, _) = await NegotiateAsync(first);
        Assert.Equal(200, (await SendAsync(first, HttpMethod.Get, $"/hub?id={polled}")).Status);
        var poll = SendAsync(first, HttpMethod.Get, $"/hub?id={polled}");
        await NodeIsAsync(first, "a", static node => node.GetProperty("connections").GetProperty("longPolling").GetInt32() == 1, "has the poll");

        await first.StopAsync();

        Assert.Equal(200, (await poll).Status); // handed back: the next gateway finds the owner by the tag
        await Eventually.HoldsAsync(() => sockets.All(static client => client.Ends.Count > 0));
        Assert.All(sockets, static client => Assert.Equal("reconnect 1000", client.Ends.First()));
        await Eventually.HoldsAsync(() => stream.Events.Count > 0);
        Assert.Equal("reconnecting", stream.Events.First());

        var second = await StartGatewayAsync([node]);
        var next = SendAsync(second, HttpMethod.Get, $"/hub?id={polled}");
        Assert.Equal(200, (await SendAsync(second, HttpMethod.Post, $"/hub?id={polled}", body: "{\"protocol\":\"json\",\"version\":1}\u001e")).Status);
        Assert.Equal("{}\u001e", (await next).Body);
    }

    private async Task<string> NegotiateOnAsync(TestGateway gateway, string node, int version)
    {
        while (true)
        {
            var (token, answered) = await NegotiateAsync(gateway, version: version);
            if (answered == node)
            {
                return token;
            }
        }
    }

    private static JsonElement Draining(JsonElement? node) => node!.Value.GetProperty("draining");
}
