using Microsoft.Extensions.Logging.Abstractions;
using Proxy.Affinity.Sharing;
using Proxy.Configuration;
using Proxy.Requests;
using Proxy.Tests.Configuration;
using Xunit;

namespace Proxy.Tests.Affinity.Sharing;

/// <summary>When other replicas are asked; what comes of it is seen with a real store (RedisTests).</summary>
public sealed class SharedIdsTests
{
    private const string Id = "AAAAAAAAAAAAAAAAAAAA-_";

    private readonly TestCluster _cluster = new("a");

    public SharedIdsTests()
    {
        _cluster.Hubs.Learn("/chat");
        _cluster.Learn("known", "a");
    }

    [Theory]
    [InlineData("/chat?id=3f2504e0-4f89-11d3-9a0c-0305e82c3301", true)] // a hub's path: it may be an id of another form
    [InlineData("/chat/refresh?id=3f2504e0-4f89-11d3-9a0c-0305e82c3301", true)]
    [InlineData("/chat?id=5", false)]
    [InlineData("/chat/read?id=3f2504e0-4f89-11d3-9a0c-0305e82c3301", false)]
    [InlineData("/other?id=" + Id, true)] // another replica may know that hub
    [InlineData("/other?connectionToken=5", true)]
    [InlineData("/socket.io/?EIO=4&sid=5", true)]
    [InlineData("/chat?id=known", false)]
    [InlineData("/chat?id=", false)]
    [InlineData("/chat?id=5&id=6", false)]
    [InlineData("/chat", false)]
    [InlineData("/products?id=5", false)]
    [InlineData("/products?id=3f2504e0-4f89-11d3-9a0c-0305e82c3301", false)]
    [InlineData("/chat?id=" + Id + ".g1AAAAAAAAAAA", false)] // a tag says whose it is, or that it is nobody's
    [InlineData("/chat/negotiate?id=" + Id, false)]
    public void Request_WithWhatMayBeAnId_IsAskedFor(string target, bool isFor) =>
        Assert.Equal(isFor, IsFor(Create(StoreKind.Redis), target.Contains("negotiate", StringComparison.Ordinal) ? Http.Post(target) : Http.Get(target)));

    [Theory]
    [InlineData("Auto", true)]
    [InlineData("Learn", true)]
    [InlineData("Tag", false)]
    [InlineData("Cookie", false)]
    [InlineData("None", false)]
    public void Mode_WithoutLearnedIds_AsksNobody(string mode, bool isFor)
    {
        _cluster.Options.Affinity.Mode = Enum.Parse<AffinityMode>(mode);
        _cluster.Refresh();

        Assert.Equal(isFor, IsFor(Create(StoreKind.Redis), Http.Get("/chat?id=" + Id)));
    }

    [Fact]
    public void Preflight_AsksNobody() => Assert.False(IsFor(Create(StoreKind.Redis), Http.Preflight("/chat?id=" + Id)));

    [Fact]
    public void Memory_AsksNobodyAndHasNoStore()
    {
        var shared = Create(StoreKind.Memory);

        Assert.False(IsFor(shared, Http.Get("/chat?id=" + Id)));
        Assert.Equal((null, null), (shared.IsConnected, shared.Failures));
    }

    private bool IsFor(SharedIds shared, HttpContext context) => shared.IsFor(RequestReader.Read(context), _cluster.Snapshot);

    private SharedIds Create(StoreKind kind)
    {
        var live = new LiveConfiguration(
            Settings.WithNode($"Gateway:Affinity:Store={kind}"), Settings.Routers, _cluster.Time, NullLogger<LiveConfiguration>.Instance);
        var store = new RedisStore(_cluster.Time, NullLogger<RedisStore>.Instance);
        return new SharedIds(live, _cluster.Connections, _cluster.Hubs, store, _cluster.Time, NullLogger<SharedIds>.Instance);
    }
}
