using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Clusters;

/// <summary><c>Scale:Rebalance</c> after a scale-out.</summary>
public sealed class RebalanceTests : NodesTestBed
{
    private const int Clients = 240;
    private const int Rate = 40;

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // by the nodes' own reports, which are always a little old
    public async Task ThreeNodesBecomeFour_IdleConnections_AreEvenAtThePace(bool reported)
    {
        var time = new ManualTimeProvider();
        TestNode[] nodes = [await StartNodeAsync("a"), await StartNodeAsync("b"), await StartNodeAsync("c"), await StartNodeAsync("d")];
        var settings = new LiveSettings(nodes[..3]);
        var gateway = await StartLiveGatewayAsync(
            settings,
            time,
            [
                $"--Gateway:Scale:Rebalance:Rate={Rate}", "--Gateway:Router=least-connections",
                .. reported ? (string[])["--Gateway:Health:Path=/health"] : ["--Gateway:Health:Probe=none"], .. QuickStaging,
            ]);
        var clients = await StartLightAsync(gateway, Clients, keepsCookies: true);
        time.Advance(TimeSpan.FromSeconds(11));
        Assert.All(clients, static client => Assert.Empty(client.Ends)); // even already: nothing is moved

        settings.Replace(nodes);
        await AdvanceUntilAsync(time, TimeSpan.FromMilliseconds(300), async () => await gateway.Admin.StateOfAsync("d") == "open", "d is open");
        var start = time.GetTimestamp();
        await AdvanceUntilAsync(
            time,
            TimeSpan.FromMilliseconds(250),
            async () =>
            {
                await AllAreBackAsync(clients, nodes);
                var moved = clients.Sum(static client => client.Ends.Count);
                var seconds = time.GetElapsedTime(start).TotalSeconds + 0.3; // the step that opened d may have begun it
                Assert.True(moved <= (Rate * seconds) + 1, $"{moved} moved in {seconds:0.00} s");
                return Ratio(clients) < 1.1;
            },
            "the fullest node has less than 1.1 times as many as the emptiest");
        var movedThen = clients.Sum(static client => client.Ends.Count);
        for (var i = 0; i < 40; i++) // and there it ends
        {
            time.Advance(TimeSpan.FromMilliseconds(250));
        }

        await AllAreBackAsync(clients, nodes);
        Assert.All(clients, static client => Assert.Empty(client.Refusals));
        Assert.All(clients, static client => Assert.All(client.Ends, static end => Assert.Equal("reconnect 1000", end)));
        Assert.InRange(movedThen, 50, 64); // 60 are even
        Assert.InRange(clients.Sum(static client => client.Ends.Count) - movedThen, 0, 2); // one may have been asked in the last turn
        Assert.True(Ratio(clients) < 1.1);
    }

    [Fact]
    public async Task NodeThatSheds_IsStillThereWhenNobodyElseIs()
    {
        var time = new ManualTimeProvider();
        var (a, b) = (await StartNodeAsync("a"), await StartNodeAsync("b"));
        await using var line = new TcpForwarder(b.Url);
        var settings = new LiveSettings(a);
        var gateway = await StartLiveGatewayAsync(settings, time, ["--Gateway:Scale:Rebalance:Rate=1", "--Gateway:Health:Probe=none", .. QuickStaging]);
        await StartLightAsync(gateway, 20);
        settings.Replace(("a", a.Url), ("b", line.Url));
        await AdvanceUntilAsync(
            time,
            TimeSpan.FromMilliseconds(300),
            async () => (await CountAnswersAsync(gateway, 3)).Keys.SequenceEqual(["b"]),
            "new connections go to b only, while a is relieved");

        await line.DisposeAsync();

        Assert.Equal(["a"], (await CountAnswersAsync(gateway, 10)).Keys);
    }

    // The clock goes on when whoever was moved has arrived: it is much faster than they are.
    private static Task AllAreBackAsync(IReadOnlyList<LightClient> clients, TestNode[] nodes) => Eventually.HoldsAsync(
        () => clients.All(static client => client.Node is not null) && nodes.Sum(static node => node.State.Report().ClientConnectionCount) == Clients);

    private static double Ratio(IEnumerable<LightClient> clients)
    {
        var counts = clients.CountBy(static client => client.Node ?? "").ToDictionary(StringComparer.Ordinal);
        return counts.ContainsKey("") || counts.Count < 4 ? double.PositiveInfinity : (double)counts.Values.Max() / counts.Values.Min();
    }
}
