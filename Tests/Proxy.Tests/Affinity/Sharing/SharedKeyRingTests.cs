using Proxy.Affinity.Sharing;
using Xunit;

namespace Proxy.Tests.Affinity.Sharing;

public sealed class SharedKeyRingTests
{
    private const string Old = "an-old-key-of-this-test";
    private const string New = "a-new-key-of-this-test";

    private readonly TestCluster _cluster = new("a", "b");

    /// <summary>A change of these values would part replicas of two versions.</summary>
    [Fact]
    public void Entry_WithoutKeys_IsThePlainHashAndTheNode()
    {
        var ring = new SharedKeyRing([]);
        var name = Assert.Single(ring.NamesOf("abc"u8));

        Assert.Equal("sticky-signalr:ungWv48Bz-pBQUDeXa4iIw", name); // SHA-256 of "abc" (FIPS 180-2, B.1), its first half
        Assert.Equal("1\n-\ngateway\na", ring.ValueOf(name, TestCluster.Id, _cluster["a"]));
    }

    [Fact]
    public void Entry_WithAKey_LeadsBackUnderTheSameKeyOnly()
    {
        var ring = new SharedKeyRing([Old]);
        var name = Assert.Single(ring.NamesOf("abc"u8));
        var value = ring.ValueOf(name, TestCluster.Id, _cluster["b"]);

        Assert.Equal("b", ring.FindOwner(0, name, value, _cluster.Snapshot, out _)?.Name);
        Assert.NotEqual(name, Assert.Single(new SharedKeyRing([New]).NamesOf("abc"u8)));
        Assert.Null(new SharedKeyRing([New]).FindOwner(0, name, value, _cluster.Snapshot, out var isForged));
        Assert.True(isForged);
    }

    [Fact]
    public void Entry_OfAnOldKey_IsFoundUnderTheSecondName()
    {
        var old = new SharedKeyRing([Old]);
        var name = old.NamesOf("abc"u8)[0];
        var both = new SharedKeyRing([New, Old]);

        Assert.Equal(name, both.NamesOf("abc"u8)[1]);
        Assert.Equal("a", both.FindOwner(1, name, old.ValueOf(name, TestCluster.Id, _cluster["a"]), _cluster.Snapshot, out _)?.Name);
    }

    /// <summary>A proof holds for one id: what stands under another name proves nothing there.</summary>
    [Fact]
    public void Value_OfAnotherId_IsForged()
    {
        var ring = new SharedKeyRing([Old]);
        var value = ring.ValueOf(ring.NamesOf("abc"u8)[0], TestCluster.Id, _cluster["a"]);

        Assert.Null(ring.FindOwner(0, ring.NamesOf("abd"u8)[0], value, _cluster.Snapshot, out var isForged));

        Assert.True(isForged);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("2\n-\ngateway\na")]
    [InlineData("1\n\ngateway\na")]
    [InlineData("http://elsewhere/")]
    public void Value_OfAnotherForm_IsForged(string value)
    {
        Assert.Null(new SharedKeyRing([]).FindOwner(0, "name", value, _cluster.Snapshot, out var isForged));

        Assert.True(isForged);
    }

    [Theory]
    [InlineData("1\n-\nother\na")]
    [InlineData("1\n-\ngateway\nc")]
    [InlineData("1\n-\ngateway\nhttp://a")]
    public void Value_OfANodeThatIsNotHere_IsNone(string value)
    {
        Assert.Null(new SharedKeyRing([]).FindOwner(0, "name", value, _cluster.Snapshot, out var isForged));

        Assert.False(isForged);
    }

    [Fact]
    public void Value_OfANodeThatWasRenamed_LeadsToIt()
    {
        var ring = new SharedKeyRing([]);
        var value = ring.ValueOf("name", TestCluster.Id, _cluster["a"]);

        _cluster.Load(TestCluster.Node("renamed", node => node.Address = "http://a"), TestCluster.Node("b"));

        Assert.Equal("renamed", ring.FindOwner(0, "name", value, _cluster.Snapshot, out _)?.Name);
    }
}
