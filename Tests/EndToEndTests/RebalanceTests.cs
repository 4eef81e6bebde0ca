using System.Net.Http.Json;
using HubNode;
using Tests.Common;
using Xunit;

namespace EndToEndTests;

/// <summary>A fourth node joins three that hold thousands of idle connections.</summary>
[Collection(AloneTests.Name)]
public sealed class RebalanceTests : EndToEndTestBed
{
    private const int Clients = 3000;
    private const int Rate = 100;

    private static readonly HttpClient Http = new(new SocketsHttpHandler { UseCookies = false });

    [Fact]
    public async Task ThreeNodesBecomeFour_ThousandsOfIdleConnections_AreEvenWithoutExceedingTheRate()
    {
        var nodes = await Task.WhenAll(((string[])["a", "b", "c", "d"]).Select(name => StartNodeProcessAsync(name)));
        var file = Own(new NodesFile());
        await file.WriteAsync(nodes[..3]);
        var gateway = await StartGatewayProcessAsync(
            ["--config", file.Path, "--Gateway:Router=least-connections", "--Gateway:Health:Path=/health",
                "--Gateway:Health:Timeout=00:00:10", // a machine that is busy with so many clients must not look like a dead node
                $"--Gateway:Scale:Rebalance:Rate={Rate}", .. NodeChangeTests.QuickStaging]);
        var clients = await StartClientsAsync(gateway.Url);
        int[] before = [];
        await Eventually.HoldsAsync(async () => (before = await CountAsync(nodes[..3])).Sum() == Clients, expectation: "the hubs have seen all of them");

        var watch = Own(new MoveWatch(gateway.Admin));
        await file.WriteAsync(nodes);

        int[] after = [];
        await Eventually.HoldsAsync(
            async () =>
            {
                after = await CountAsync(nodes);
                return Ratio(after) < 1.1
                    && after.Sum() == Clients
                    && clients.All(static client => client.Node is not null)
                    && clients.Sum(static client => client.Ends.Count) == await gateway.Admin.MetricAsync(MoveWatch.Metric); // nobody is on the way
            },
            within: TimeSpan.FromSeconds(60),
            seen: () => string.Join(", ", after),
            expectation: "everybody is connected, and the fullest node has less than 1.1 times as many as the emptiest");
        await watch.StopAsync();

        var windows = watch.Windows.ToList();
        var most = windows.Where(static window => window.Time <= TimeSpan.FromSeconds(1)).Max(static window => window.Moves);
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{string.Join(", ", before)} -> {string.Join(", ", after)}, max/min {Ratio(after):0.000}; "
            + $"{watch.Total} moves in {watch.Duration.TotalSeconds:0.0} s, at most {most} in any second (R = {Rate})");

        Assert.All(clients, static client => Assert.Empty(client.Refusals));
        Assert.All(clients, static client => Assert.All(client.Ends, static end => Assert.Equal("reconnect 1000", end)));

        Assert.All(windows, static window => Assert.True(
            window.Moves <= Rate * Math.Ceiling(window.Time.TotalSeconds), $"{window.Moves} moves in {window.Time.TotalSeconds:0.000} s"));
    }

    private async Task<IReadOnlyList<LightClient>> StartClientsAsync(Uri gateway)
    {
        var clients = new List<LightClient>(Clients);
        foreach (var some in Enumerable.Range(0, Clients).Chunk(50))
        {
            clients.AddRange(await Task.WhenAll(some.Select(async _ =>
            {
                var client = Own(new LightClient(Http, gateway, keepsCookies: true));
                await client.StartAsync(Cancel);
                return client;
            })));
        }

        return clients;
    }

    /// <summary>How many connections each node says it has.</summary>
    private static Task<int[]> CountAsync(IEnumerable<HubNodeProcess> nodes) => Task.WhenAll(nodes.Select(async node =>
    {
        var report = await Http.GetFromJsonAsync<NodeReport>(new Uri(node.Url, HubNodeApp.HealthPath), Cancel);
        return report!.ClientConnectionCount;
    }));

    private static double Ratio(int[] counts) => (double)counts.Max() / counts.Min();
}
