using System.Net;
using Proxy.Configuration;
using Proxy.Nodes;
using Proxy.Routers;
using Xunit;

namespace Proxy.Tests.Routers;

public sealed class HashRouterTests
{
    private const int Keys = 10_000;

    [Fact]
    public void Pick_OneNodeMore_MovesItsPartOnly()
    {
        var nine = new TestCluster([.. Enumerable.Range(0, 9).Select(i => $"n{i}")]);
        var ten = new TestCluster([.. Enumerable.Range(0, 10).Select(i => $"n{i}")]);

        var (before, after) = (Picks(nine), Picks(ten));

        var moved = Enumerable.Range(0, Keys).Where(i => before[i] != after[i]).ToArray();
        Assert.InRange(moved.Length, Keys / 10 * 0.8, Keys / 10 * 1.2);
        Assert.All(moved, i => Assert.Equal("n9", after[i]));
        Assert.All(after.CountBy(name => name), pair => Assert.InRange(pair.Value, Keys / 10 * 0.8, Keys / 10 * 1.2));
    }

    [Fact]
    public void Pick_AnotherReplica_AgreesInAnyOrderAndState()
    {
        var one = new TestCluster("a", "b", "c");
        var other = new TestCluster("c", "a", "b");
        other["a"].State.Connections.Add(Proxy.Requests.Transport.WebSockets, 1000);

        Assert.Equal(Picks(one), Picks(other));
        Assert.Equal(Picks(one), Enumerable.Range(0, Keys).Select(i => Rendezvous.Pick($"key{i}", [.. one.Snapshot.Candidates.Reverse()]).Name));
    }

    [Fact]
    public void Pick_Weights_ShareTheKeys()
    {
        var even = new TestCluster(static _ => { }, TestCluster.Node("a"), TestCluster.Node("b"), TestCluster.Node("c"));
        var uneven = new TestCluster(static _ => { }, TestCluster.Node("a", node => node.Weight = 8), TestCluster.Node("b"), TestCluster.Node("c"));

        var (before, after) = (Picks(even), Picks(uneven));

        Assert.InRange(after.Count(name => name is "a"), Keys * 0.78, Keys * 0.82);
        Assert.All(Enumerable.Range(0, Keys).Where(i => before[i] != after[i]), i => Assert.Equal("a", after[i])); // nobody moves between the others
    }

    [Fact]
    public void Pick_AffinityKey_IsWhatIsHashed()
    {
        var before = new TestCluster(
            static _ => { }, TestCluster.Node("a", node => node.AffinityKey = "x"), TestCluster.Node("b", node => node.AffinityKey = "y"));
        var renamed = new TestCluster(
            static _ => { }, TestCluster.Node("c", node => node.AffinityKey = "x"), TestCluster.Node("b", node => node.AffinityKey = "y"));

        Assert.Equal(Picks(before), Picks(renamed).Select(name => name is "c" ? "a" : name));
    }

    [Fact]
    public void Find_Sources_ReadTheirValue()
    {
        var cluster = new TestCluster([.. Enumerable.Range(0, 100).Select(i => $"n{i}")]);

        var byIp = Http.Negotiate();
        byIp.Connection.RemoteIpAddress = IPAddress.Parse("::ffff:198.51.100.1");
        Assert.Equal(Rendezvous.Pick("198.51.100.1", cluster.Snapshot.Candidates), Pick("hash:ip", byIp));
        Assert.Equal(Rendezvous.Pick("é", cluster.Snapshot.Candidates), Pick("hash:query:user", Http.Post("/chat/negotiate?USER=%C3%A9")));
        Assert.Equal(Rendezvous.Pick("5", cluster.Snapshot.Candidates), Pick("hash:header:X-User", Http.Negotiate(("x-user", "5"))));

        GatewayNode? Pick(string router, HttpContext context)
        {
            var found = cluster.Routers.Find(router, RouterMiss.Fallback)!;
            var picked = found.PickOwner(context, cluster.Snapshot.Candidates);
            Assert.Equal(1d, found.GetShares(context, cluster.Snapshot.Candidates)![cluster.Snapshot.Candidates.ToList().IndexOf(picked!)]);
            return picked;
        }
    }

    [Theory]
    [InlineData("/chat/negotiate")]
    [InlineData("/chat/negotiate?user=")]
    public void PickOwner_WithoutValue_IsDrawn(string target)
    {
        var cluster = new TestCluster("a", "b");
        var router = cluster.Routers.Find("hash:query:user", RouterMiss.BadRequest)!;

        Assert.Equal([0.5, 0.5], router.GetShares(Http.Post(target), cluster.Snapshot.Candidates));
        Assert.Equal(2, Enumerable.Range(0, 100).Select(_ => router.PickOwner(Http.Post(target), cluster.Snapshot.Candidates)).Distinct().Count());
    }

    private static string[] Picks(TestCluster cluster) =>
        [.. Enumerable.Range(0, Keys).Select(i => Rendezvous.Pick($"key{i}", cluster.Snapshot.Candidates).Name)];
}
