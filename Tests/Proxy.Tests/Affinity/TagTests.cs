using System.Security.Cryptography;
using System.Text;
using Proxy.Affinity;
using Xunit;

namespace Proxy.Tests.Affinity;

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
        Assert.Null(cluster.Snapshot.FindByTag(plain)); // with a key, what anybody can compute counts no more
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
        cluster.Load(TestCluster.Node("z", node => node.Address = "http://a"), TestCluster.Node("a", node => node.Address = "http://new"), TestCluster.Node("b"));
        Assert.Equal("a", cluster.Snapshot.FindByTag(tag)?.Name);
    }

    [Fact]
    public void FindByTag_AffinityKey_OutlivesNameAndAddress()
    {
        var cluster = new TestCluster(_ => { }, TestCluster.Node("a", node => node.AffinityKey = "stable"), TestCluster.Node("b"));
        var tag = cluster.Snapshot.TagOf(cluster["a"]);

        cluster.Load(TestCluster.Node("a2", node => (node.AffinityKey, node.Address) = ("stable", "http://elsewhere")), TestCluster.Node("b"));

        Assert.Equal("a2", cluster.Snapshot.FindByTag(tag)?.Name);
    }
}
