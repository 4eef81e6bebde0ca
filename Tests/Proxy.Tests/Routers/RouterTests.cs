using Proxy.Configuration;
using Proxy.Nodes;
using Proxy.Requests;
using Proxy.Routers;
using Xunit;

namespace Proxy.Tests.Routers;

/// <summary>What holds for every router.</summary>
public sealed class RouterTests
{
    public static TheoryData<string> Names { get; } =
        new("weighted", "random", "round-robin", "least-connections", "hash:ip", "hash:query:q", "hash:header:X-Q", "query:node", "header:X-Node");

    [Theory]
    [MemberData(nameof(Names))]
    public void PickOwner_IsACandidate_AsOftenAsItsShare(string name)
    {
        var cluster = new TestCluster(
            static _ => { }, TestCluster.Node("a", node => node.Weight = 5), TestCluster.Node("b", node => node.Weight = 3), TestCluster.Node("c"));
        var router = cluster.Routers.Find(name, RouterMiss.Fallback)!;
        var context = Http.Negotiate();
        var shares = router.GetShares(context, cluster.Snapshot.Candidates)!;

        var counts = Count(router, context, cluster.Snapshot.Candidates, 9000);

        Assert.Equal(name, router.Name);
        Assert.Equal(1, shares.Sum(), 9);
        for (var i = 0; i < 3; i++)
        {
            // Four standard deviations of 9000 draws are less than 200.
            Assert.InRange(counts[i], (shares[i] * 9000) - 250, (shares[i] * 9000) + 250);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void PickOwner_OneCandidate_IsCertain(string name)
    {
        var cluster = new TestCluster("a");
        var router = cluster.Routers.Find(name, RouterMiss.Fallback)!;

        Assert.Same(cluster["a"], router.PickOwner(Http.Negotiate(), cluster.Snapshot.Candidates));
        Assert.Equal([1d], router.GetShares(Http.Negotiate(), cluster.Snapshot.Candidates));
    }

    [Theory]
    [InlineData("weighted")]
    [InlineData("random")]
    [InlineData("round-robin")]
    public void PickOwner_SlowStart_GrowsTheShareFromNothing(string name)
    {
        var cluster = new TestCluster(options => options.Scale.SlowStart = TimeSpan.FromSeconds(100), TestCluster.Node("a"));
        cluster.Load("a", "b");
        cluster.Nodes.Open(cluster["b"].State, cluster.Options.Scale.SlowStart);
        cluster.Refresh();
        var router = cluster.Routers.Find(name, RouterMiss.Fallback)!;

        Assert.Equal(0.01 / 1.01, Share(), 6);
        cluster.Time.Advance(TimeSpan.FromSeconds(50));
        Assert.Equal(0.5 / 1.5, Share(), 6);
        cluster.Time.Advance(TimeSpan.FromSeconds(51));
        Assert.Equal(0.5, Share(), 6);

        double Share() => router.GetShares(Http.Negotiate(), cluster.Snapshot.Candidates)![1];
    }

    [Theory]
    // capacity, clients → the SDK's weight
    [InlineData(1000, 0, 1000)]
    [InlineData(1000, 1, 999)]
    [InlineData(3, 1, 666)] // cut, not rounded
    [InlineData(3, 2, 333)]
    [InlineData(100_000, 99_950, 1)]
    [InlineData(100_000, 99_899, 1)]
    [InlineData(1000, 1000, 1)] // full is unlikely, not excluded
    [InlineData(1000, 5000, 1)]
    [InlineData(1, int.MaxValue, 1)]
    [InlineData(int.MaxValue, int.MaxValue - 1, 1)]
    public void Weighted_RemainingWeight_IsTheSdksRule(int capacity, int clients, int expected)
    {
        Assert.Equal(expected, WeightedRouter.RemainingWeight(new NodeMetrics(clients, capacity, InFlight: 0, IsReported: false)));
    }

    [Fact]
    public void Weighted_KnownCapacities_ShareByWhatIsFree()
    {
        var cluster = new TestCluster(
            static _ => { }, TestCluster.Node("a", node => node.ConnectionCapacity = 1000), TestCluster.Node("b", node => node.ConnectionCapacity = 100),
            TestCluster.Node("c", node => (node.ConnectionCapacity, node.Weight) = (200, 2)));
        Connect(cluster, "a", 250); // 750
        Connect(cluster, "b", 90); // 100
        Connect(cluster, "c", 150); // 250 × 2

        Assert.Equal([750 / 1350d, 100 / 1350d, 500 / 1350d], Shares(cluster, "weighted"));
    }

    [Fact]
    public void Weighted_OneUnknownCapacity_IsUniformByWeight()
    {
        var cluster = new TestCluster(
            static _ => { }, TestCluster.Node("a", node => node.ConnectionCapacity = 1000), TestCluster.Node("b"), TestCluster.Node(
                "c", node => (node.ConnectionCapacity, node.Weight) = (200, 2)));
        Connect(cluster, "a", 999);

        Assert.Equal([0.25, 0.25, 0.5], Shares(cluster, "weighted"));
    }

    [Fact]
    public void Weighted_Reports_ReplaceOwnCountsWhileTheyAreFresh()
    {
        var cluster = new TestCluster(
            static _ => { }, TestCluster.Node("a", node => node.ConnectionCapacity = 100), TestCluster.Node("b", node => node.ConnectionCapacity = 100));
        cluster["a"].State.Report = new NodeReport(150, 200, BootId: null, Draining: false, cluster.Time.GetTimestamp()); // 250
        Connect(cluster, "b", 50); // 500

        Assert.Equal([1 / 3d, 2 / 3d], Shares(cluster, "weighted"));
        cluster.Time.Advance((3 * cluster.Options.Health.Interval) + TimeSpan.FromMilliseconds(1));
        Assert.Equal([2 / 3d, 1 / 3d], Shares(cluster, "weighted"));
    }

    [Fact]
    public void RoundRobin_Weights_GiveTheSmoothOrder()
    {
        // ngx_http_upstream_round_robin.c, "smooth weighted round-robin": 5, 1, 1 gives a a b a c a a.
        var cluster = new TestCluster(static _ => { }, TestCluster.Node("a", node => node.Weight = 5), TestCluster.Node("b"), TestCluster.Node("c"));
        var router = new RoundRobinRouter();

        Assert.Equal("aabacaa aabacaa", $"{Order(router, cluster, 7)} {Order(router, cluster, 7)}");
    }

    [Fact]
    public void RoundRobin_NodeThatComesAndGoes_CatchesUpWithNothing()
    {
        var cluster = new TestCluster("a", "b", "c");
        var router = new RoundRobinRouter();
        Order(router, cluster, 4);
        var without = new[] { cluster["a"], cluster["b"] };
        Assert.InRange(Count(router, Http.Negotiate(), without, 100)[0], 49, 51);

        Assert.All(Count(router, Http.Negotiate(), cluster.Snapshot.Candidates, 99), count => Assert.InRange(count, 31, 35));
    }

    [Fact]
    public async Task RoundRobin_ManyThreads_LoseNoTurn()
    {
        var cluster = new TestCluster("a", "b", "c");
        var (router, candidates) = (new RoundRobinRouter(), cluster.Snapshot.Candidates);
        var counts = new int[3];
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 3000; i++)
            {
                Interlocked.Increment(ref counts[router.PickOwner(Http.Negotiate(), candidates)!.Name[0] - 'a']);
            }
        })));

        Assert.Equal([4000, 4000, 4000], counts);
    }

    [Fact]
    public void LeastConnections_FewestForItsWeight_IsPicked()
    {
        var cluster = new TestCluster(static _ => { }, TestCluster.Node("a"), TestCluster.Node("b", node => node.Weight = 4), TestCluster.Node("c"));
        Connect(cluster, "a", 2);
        Connect(cluster, "b", 7);
        Connect(cluster, "c", 3);
        Assert.Equal([0d, 1d, 0d], Shares(cluster, "least-connections"));

        Connect(cluster, "b", 4); // with one more 3 each
        Assert.Equal([0.5, 0.5, 0d], Shares(cluster, "least-connections"));
        Assert.Equal(0, Count(cluster.Routers.Find("least-connections", RouterMiss.Fallback)!, Http.Negotiate(), cluster.Snapshot.Candidates, 100)[2]);
    }

    [Fact]
    public void LeastConnections_CountsLogicalConnections()
    {
        var cluster = new TestCluster("a", "b");
        cluster["a"].Destination.ConcurrentRequestCount = 50; // its clients happen to have their polls pending
        cluster["b"].State.Connections.Add(Transport.LongPolling, 1);

        Assert.Equal([1d, 0d], Shares(cluster, "least-connections"));
    }

    private static void Connect(TestCluster cluster, string node, int count) => cluster[node].State.Connections.Add(Transport.WebSockets, count);

    private static IReadOnlyList<double>? Shares(TestCluster cluster, string router) =>
        cluster.Routers.Find(router, RouterMiss.Fallback)!.GetShares(Http.Negotiate(), cluster.Snapshot.Candidates);

    private static string Order(RoundRobinRouter router, TestCluster cluster, int picks) =>
        string.Concat(Enumerable.Range(0, picks).Select(_ => router.PickOwner(Http.Negotiate(), cluster.Snapshot.Candidates)!.Name));

    private static int[] Count(INegotiateRouter router, HttpContext context, IReadOnlyList<GatewayNode> candidates, int picks)
    {
        var counts = new int[candidates.Count];
        for (var i = 0; i < picks; i++)
        {
            counts[candidates.ToList().IndexOf(router.PickOwner(context, candidates)!)]++;
        }

        return counts;
    }
}
