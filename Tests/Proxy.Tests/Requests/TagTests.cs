using System.Security.Cryptography;
using System.Text;
using Proxy.Configuration;
using Proxy.Nodes;
using Proxy.Outcomes;
using Proxy.Requests;
using Xunit;

namespace Proxy.Tests.Requests;

public sealed class TagTests
{
    [Theory]
    [InlineData(null, "gateway", "a")]
    [InlineData(null, "other", "a")]
    [InlineData("k", "gateway", "a")]
    [InlineData("ключ 🔑", "gateway", "узел")]
    [InlineData("", "", "")]
    public void Compute_IsTheHashThatTheDesignSays(string? key, string cluster, string node)
    {
        byte[] message = [.. Encoding.UTF8.GetBytes(cluster), 0, .. Encoding.UTF8.GetBytes(node)];
        var hash = key is null ? SHA256.HashData(message) : new HMACSHA256(Encoding.UTF8.GetBytes(key)).ComputeHash(message);
        var expected = Convert.ToBase64String(hash[..8]).TrimEnd('=').Replace('+', '-').Replace('/', '_');

        Assert.Equal(expected, Tag.Compute(key, cluster, node));
        Assert.Equal(Tag.Length, expected.Length);
    }

    [Fact]
    public void Compute_KnownVectors_NeverChange()
    {
        // printf 'gateway\0a' | openssl dgst -sha256 [-hmac secret] -binary | head -c 8 | base64
        Assert.Equal("5rRcBHe5W_o", Tag.Compute(key: null, "gateway", "a"));
        Assert.Equal("vgTRbvOV_7M", Tag.Compute("secret", "gateway", "a"));
    }

    [Fact]
    public void Hash_OfTheCookie_IsNotTheTag()
    {
        Assert.NotEqual(Tag.Hash("k", "", "gateway", "a"), Tag.Hash("k", "cookie\0", "gateway", "a"));
    }

    [Fact]
    public void FindByTag_EveryAcceptedKey_NamesTheNode()
    {
        var cluster = new TestCluster("a", "b");
        var plain = cluster.Snapshot.TagOf(cluster["a"]);
        cluster.Options.Affinity.Keys = ["old"];
        cluster.Refresh();
        var old = cluster.Snapshot.TagOf(cluster["a"]);

        cluster.Options.Affinity.Keys = ["new", "old"];
        cluster.Refresh();

        Assert.Equal(Tag.Compute("new", TestCluster.Id, "a"), cluster.Snapshot.TagOf(cluster["a"]));
        Assert.Equal("a", cluster.Snapshot.FindByTag(cluster.Snapshot.TagOf(cluster["a"]))?.Name);
        Assert.Equal("a", cluster.Snapshot.FindByTag(old)?.Name);
        Assert.Null(cluster.Snapshot.FindByTag(plain)); // with a key, the plain hash, which any client can compute, does not count
    }

    [Fact]
    public void FindByTag_RenamedNode_AnswersToBothUntilItLeaves()
    {
        var cluster = new TestCluster("a", "b");
        var tag = cluster.Snapshot.TagOf(cluster["a"]);

        cluster.Load(TestCluster.Node("z", node => node.Address = "http://a"), TestCluster.Node("b"));

        Assert.Equal("z", cluster.Snapshot.FindByTag(tag)?.Name);
        Assert.NotEqual(tag, cluster.Snapshot.TagOf(cluster["z"]));
        Assert.Equal("z", cluster.Snapshot.FindByTag(cluster.Snapshot.TagOf(cluster["z"]))?.Name);

        // A new node under the old name gets the tag: it is the one that hands it out from now on.
        cluster.Load(
            TestCluster.Node("z", node => node.Address = "http://a"), TestCluster.Node("a", node => node.Address = "http://new"), TestCluster.Node("b"));
        Assert.Equal("a", cluster.Snapshot.FindByTag(tag)?.Name);
    }

    [Fact]
    public void FindByTag_AffinityKey_OutlivesNameAndAddress()
    {
        var cluster = new TestCluster(_ => { }, TestCluster.Node("a", node => node.AffinityKey = "stable"), TestCluster.Node("b"));
        var tag = cluster.Snapshot.TagOf(cluster["a"]);

        // Its place is taken by another name, before or behind it in the list. The old one goes on until the new one is open;
        // then it still drains, but new tokens are the new one's.
        var former = "a";
        foreach (var name in new[] { "0", "z" })
        {
            cluster.Load(TestCluster.Node(name, node => (node.AffinityKey, node.Address) = ("stable", $"http://{name}-elsewhere")), TestCluster.Node("b"));
            Assert.Equal(former, cluster.Snapshot.FindByTag(tag)?.Name);
            Assert.Contains(cluster.Snapshot.Nodes, node => node.Name == former && node.Lifecycle is NodeLifecycle.Open);

            cluster.Nodes.Open(cluster[name].State, TimeSpan.Zero);
            cluster.Refresh();
            Assert.Equal(name, cluster.Snapshot.FindByTag(tag)?.Name);
            Assert.Contains(cluster.Snapshot.Nodes, node => node.Name == former && node.Lifecycle is NodeLifecycle.Draining);
            former = name;
        }
    }

    [Fact]
    public void FindByTag_RemovedNode_IsRememberedForAnHour()
    {
        var cluster = new TestCluster("a", "b");
        var (tag, a) = (cluster.Snapshot.TagOf(cluster["a"]), cluster["a"].State);

        cluster.Load("b");
        Assert.Equal("a", cluster.Snapshot.FindByTag(tag)?.Name); // it drains

        cluster.Nodes.Release(a);
        cluster.Load("b");
        Assert.Null(cluster.Snapshot.FindByTag(tag));
        Assert.Equal(RoutingOutcome.OwnerRemoved, Decide());

        cluster.Time.Advance(TimeSpan.FromMinutes(59));
        cluster.Refresh();
        Assert.Equal(RoutingOutcome.OwnerRemoved, Decide());

        cluster.Time.Advance(TimeSpan.FromMinutes(2));
        cluster.Refresh();
        Assert.Equal(RoutingOutcome.BadTag, Decide());

        RoutingOutcome Decide() => cluster.Decide(Http.Get($"/chat?id=tok.g1{tag}")).Outcome;
    }

    [Fact]
    public void FindByTag_NodeThatComesBackAfterItsRemoval_IsItsOwner()
    {
        var cluster = new TestCluster("a", "b");
        var tag = cluster.Snapshot.TagOf(cluster["a"]);
        var former = cluster["a"].State;
        cluster.Load("b");
        cluster.Nodes.Release(former);
        cluster.Load("b");

        cluster.Load("a", "b");

        Assert.NotSame(former, cluster["a"].State);
        Assert.Equal(RoutingOutcome.Tag, cluster.Decide(Http.Get($"/chat?id=tok.g1{tag}")).Outcome); // the node says whether it knows the id
    }

    [Fact]
    public void FindByTag_DrainThatRanOutOfTime_IsOwnerRemoved()
    {
        var cluster = new TestCluster("a", "b");
        var tagged = cluster.Tagged("tok", "a");
        cluster.Operations.Drain(cluster["a"], DrainMode.Wait, TimeSpan.FromMinutes(1), rate: 1);
        Assert.Equal(RoutingOutcome.Tag, cluster.Decide(Http.Get($"/chat?id={tagged}")).Outcome);

        cluster["a"].State.IdsForgotten = true;
        cluster.Refresh();
        Assert.Equal(RoutingOutcome.OwnerRemoved, cluster.Decide(Http.Get($"/chat?id={tagged}")).Outcome);

        Assert.True(cluster.Operations.Resume(cluster["a"]));
        Assert.Equal(RoutingOutcome.Tag, cluster.Decide(Http.Get($"/chat?id={tagged}")).Outcome);
    }
}
