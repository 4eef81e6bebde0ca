using Proxy.Affinity;
using Xunit;

namespace Proxy.Tests.Affinity;

public sealed class HubPathsTests
{
    [Theory]
    [InlineData("/chat", "/chat", true)]
    [InlineData("/chat", "/chat/", true)]
    [InlineData("/chat/", "/Chat", true)]
    [InlineData("/chat", "/chat/refresh", true)]
    [InlineData("/chat", "/chat/a/b/c", true)]
    [InlineData("/a/chat", "/a/chat", true)]
    [InlineData("/chat", "/chatty", false)]
    [InlineData("/chat", "/a/chat", false)]
    [InlineData("/chat", "/", false)]
    [InlineData("/chat", "", false)]
    [InlineData("/a/chat", "/a", false)]
    [InlineData("/", "/", true)] // a hub at the root: nothing is below it, or it would swallow every path
    [InlineData("/", "/page", false)]
    public void Contains_ListedOrLearned_ItselfAndWhatIsBelow(string hub, string path, bool expected)
    {
        var cluster = new TestCluster(options => options.Hubs = [hub], TestCluster.Node("a"));
        Assert.Equal(expected, cluster.Hubs.Contains(cluster.Snapshot, path));

        cluster = new TestCluster("a");
        Assert.False(cluster.Hubs.Contains(cluster.Snapshot, path));
        cluster.Hubs.Learn(hub);
        Assert.Equal(expected, cluster.Hubs.Contains(cluster.Snapshot, path));
    }

    [Fact]
    public void Learn_AnyNumber_IsBounded()
    {
        var hubs = new HubPaths();
        for (var i = 0; i < 5000; i++)
        {
            hubs.Learn($"/hub{i}");
        }

        Assert.Equal(1024, hubs.Learned.Count());
    }
}
