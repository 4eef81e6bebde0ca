using System.Text.Json;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Clusters;

/// <summary>Capacity, the nodes' own reports, and which number counts.</summary>
public sealed class LoadReportTests : NodesTestBed
{
    // The first report is asked for at once, and counts for three intervals: longer than any test takes.
    private static readonly string[] Reported = ["--Gateway:Health:Path=/health", "--Gateway:Health:Interval=00:00:20"];

    [Fact]
    public async Task EnforceCapacity_FullPrimaries_ThenSecondariesThenRefusal()
    {
        var (a, s) = (await StartNodeAsync("a", "--capacity", "3"), await StartNodeAsync("s", "--capacity", "2"));
        var gateway = await StartGatewayAsync([(a.Name, a.Url), ("s:secondary", s.Url)], ["--Gateway:EnforceCapacity=true", .. Reported]);
        await NodeIsAsync(gateway, "a", static node => From(node, "connectionCapacity") == "reported", "has reported");
        await NodeIsAsync(gateway, "s", static node => From(node, "connectionCapacity") == "reported", "has reported");

        var nodes = new List<string?>();
        for (var i = 0; i < 5; i++)
        {
            nodes.Add((await StartLightAsync(gateway)).Node);
        }

        Assert.Equal(["a", "a", "a", "s", "s"], nodes);
        var refused = await AskAsync(gateway, "POST", "/hub/negotiate?negotiateVersion=1", "Content-Length: 0");
        Assert.Equal((503, "over-capacity"), (refused.Status, refused.All("X-Affinity-Outcome").Single()));
        Assert.Equal(["1"], refused.All("Retry-After"));
    }

    [Fact]
    public async Task Report_OfAnotherGatewaysClients_CountsAndIsVisible()
    {
        var (a, b) = (await StartNodeAsync("a"), await StartNodeAsync("b"));
        var other = await StartGatewayAsync([a]);
        await StartLightAsync(other, 10);
        await Eventually.HoldsAsync(() => a.State.Report().ClientConnectionCount == 10);
        var gateway = await StartGatewayAsync([a, b], ["--Gateway:Router=least-connections", .. Reported]);

        await NodeIsAsync(gateway, "a", static node => node.GetProperty("load").GetProperty("clientConnectionCount").GetInt32() == 10, "has ten connections");

        var node = (await gateway.Admin.NodeAsync("a"))!.Value;
        Assert.Equal("reported", From(node, "clientConnectionCount"));
        Assert.Equal("unknown", From(node, "connectionCapacity"));
        Assert.Equal(10, node.GetProperty("reported").GetProperty("clientConnectionCount").GetInt32());
        Assert.True(node.GetProperty("reported").GetProperty("fresh").GetBoolean());
        Assert.Equal(0, node.GetProperty("connections").GetProperty("total").GetInt32()); // what was counted here is shown, too

        // A burst between two reports goes by what was seen since, or all of it would go to one node.
        var answers = await CountAnswersAsync(gateway, 30);
        Assert.InRange(answers["b"], 15, 25);
        Assert.InRange(answers["a"], 5, 15);
    }

    [Fact]
    public async Task Report_ThatIsNotRenewed_CountsForThreeIntervals()
    {
        var time = new ManualTimeProvider();
        var silent = false;
        var a = await StartNodeAsync(
            "a", (context, next) => Volatile.Read(ref silent) ? Task.Delay(Timeout.Infinite, context.RequestAborted) : next(context), "--capacity", "9");
        var gateway = await StartLiveGatewayAsync(
            new LiveSettings(a), time, "--Gateway:Health:Path=/health", "--Gateway:Health:Interval=00:00:10", "--Gateway:Health:Timeout=00:05:00");
        await NodeIsAsync(gateway, "a", static node => From(node, "connectionCapacity") == "reported", "has reported");

        Volatile.Write(ref silent, value: true);
        time.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal("reported", From((await gateway.Admin.NodeAsync("a"))!.Value, "connectionCapacity"));
        time.Advance(TimeSpan.FromSeconds(2));

        var node = (await gateway.Admin.NodeAsync("a"))!.Value;
        Assert.Equal(("unknown", "counted"), (From(node, "connectionCapacity"), From(node, "clientConnectionCount")));
        Assert.Equal(9, node.GetProperty("reported").GetProperty("connectionCapacity").GetInt32()); // still told, and that it is old
        Assert.False(node.GetProperty("reported").GetProperty("fresh").GetBoolean());
    }

    [Fact]
    public async Task Counts_OfEachTransport_AreLogicalConnections()
    {
        var gateway = await StartGatewayAsync([await StartNodeAsync("a")]);
        await StartLightAsync(gateway, 3);
        await StartMovingAsync(gateway, Microsoft.AspNetCore.Http.Connections.HttpTransportType.ServerSentEvents);
        await StartMovingAsync(gateway, Microsoft.AspNetCore.Http.Connections.HttpTransportType.LongPolling);
        await NegotiateAsync(gateway);

        await NodeIsAsync(
            gateway,
            "a",
            static node => node.GetProperty("connections") is var counted
                && counted.GetProperty("webSockets").GetInt32() == 3
                && counted.GetProperty("serverSentEvents").GetInt32() == 1
                && counted.GetProperty("longPolling").GetInt32() == 1
                && counted.GetProperty("negotiated").GetInt32() == 1
                && counted.GetProperty("total").GetInt32() == 6,
            "has three WebSockets, one of each other kind and one that is not connected yet");
    }

    private static string? From(JsonElement node, string number) => node.GetProperty("load").GetProperty(number + "From").GetString();
}
