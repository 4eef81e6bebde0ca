using System.Buffers.Text;
using System.Security.Cryptography;
using Proxy.Affinity;
using Proxy.Requests;
using Xunit;

namespace Proxy.Tests.Affinity;

public sealed class HubPathsTests
{
    private const string Id = "AbCdEfGhIjKlMnOpQr-_09";

    private const string Uuid = "3f2504e0-4f89-11d3-9a0c-0305e82c3301";

    [Theory]
    [InlineData("/chat", "/chat", true)]
    [InlineData("/chat", "/chat/", true)]
    [InlineData("/chat/", "/Chat", true)]
    [InlineData("/chat", "/chat/refresh", true)]
    [InlineData("/chat", "/chat/refresh/", true)]
    [InlineData("/a/chat", "/a/chat", true)]
    [InlineData("/chat/refresh", "/chat/refresh", true)] // a hub of that name
    [InlineData("/chat", "/chat/a", false)]
    [InlineData("/chat", "/chat/refresh/a", false)]
    [InlineData("/chat", "/chat/poll", false)] // another protocol's
    [InlineData("/chat", "/chatty", false)]
    [InlineData("/chat", "/a/chat", false)]
    [InlineData("/chat", "/", false)]
    [InlineData("/a/chat", "/a", false)]
    [InlineData("/", "/", true)]
    [InlineData("/", "/page", false)]
    public void Names_IdOfSignalR_IsTakenForOneWhereClientsPutIt(string hub, string path, bool expected) =>
        AssertNames(hub, $"{path}?id={Id}", expected);

    [Theory]
    [InlineData("/signalr/connect", true)]
    [InlineData("/signalr/start", true)]
    [InlineData("/signalr/poll", true)]
    [InlineData("/signalr/send", true)]
    [InlineData("/signalr/reconnect", true)]
    [InlineData("/signalr/abort", true)]
    [InlineData("/signalr/ping", true)]
    [InlineData("/signalr", true)] // polls of version 1
    [InlineData("/signalr/hubs", false)]
    [InlineData("/signalr/refresh", false)]
    public void Names_TokenOfClassicSignalR_IsTakenForOneWhereClientsPutIt(string path, bool expected) =>
        AssertNames("/signalr", path + "?transport=longPolling&clientProtocol=2.1&connectionToken=AQAAANCMnd8BFd", expected);

    [Theory]
    [InlineData("/socket.io/", true)]
    [InlineData("/socket.io", true)]
    [InlineData("/socket.io/socket.io.js", false)]
    [InlineData("/socket.io/admin/users", false)]
    public void Names_SidOfEngineIO_IsTakenForOneWhereClientsPutIt(string path, bool expected) => AssertNames("/socket.io", path + "?EIO=4&sid=1", expected);

    /// <summary>At a hub's own path the look of the value decides: a page of the application may be there, too, and reads an <c>id</c> of its own.</summary>
    [Theory]
    [InlineData("42", false)]
    [InlineData("9223372036854775807", false)] // the largest number of 64 bits
    [InlineData("2024-01-01T00:00:00Z!", false)]
    [InlineData("my-article", false)]
    [InlineData("what%20is%20this", false)]
    [InlineData(Uuid, true)]
    [InlineData("aK3-_x09aK3-_x09aK3-_", true)]
    public void Names_ValueAtTheHubsPath_IsAnIdIfItLooksLikeOne(string value, bool expected) => AssertNames("/chat", "/chat?id=" + value, expected);

    /// <summary>The ids of all generations of servers, wherever their clients put them.</summary>
    [Fact]
    public void Names_IdsOfAllGenerations_AreAllTakenForOnes()
    {
        var cluster = new TestCluster("a");
        cluster.Hubs.Learn("/hub");
        for (var i = 0; i < 1000; i++)
        {
            foreach (var target in (string[])
            [
                "/hub?id=" + RandomText(16), // ASP.NET Core, all versions
                "/hub?access_token=x&id=" + RandomText(16),
                "/hub?id=" + RandomText(16) + RandomNumberGenerator.GetHexString(9, lowercase: true), // Azure SignalR
                "/hub?id=" + Uri.EscapeDataString(Convert.ToBase64String(RandomNumberGenerator.GetBytes(16))),
                "/hub?id=" + Convert.ToBase64String(RandomNumberGenerator.GetBytes(16)),
                "/hub?id=" + Guid.NewGuid(),
                "/hub?id=" + Guid.NewGuid().ToString("N"),
                "/hub/poll?transport=longPolling&connectionData=%5B%5D&connectionToken="
                    + Uri.EscapeDataString(Convert.ToBase64String(RandomNumberGenerator.GetBytes(120))),
                "/hub?transport=longPolling&connectionToken=" + Guid.NewGuid(), // ASP.NET SignalR 1
                "/hub/?EIO=4&transport=polling&sid=" + RandomText(15), // base64id, 20 characters
                "/hub/?EIO=3&transport=websocket&sid=" + Guid.NewGuid(), // netty-socketio
                "/hub/?EIO=3&transport=polling&sid=" + (i + 1), // servers that count
            ])
            {
                Assert.True(Names(cluster, target), target);
            }
        }
    }

    [Fact]
    public void Learn_HubWithOtherIds_TakesAnyValueForOneThere()
    {
        var cluster = new TestCluster("a");
        cluster.Hubs.Learn("/chat");
        Assert.False(Names(cluster, "/chat?id=7"));

        cluster.Hubs.Learn("/chat", hasOtherIds: true);
        cluster.Hubs.Learn("/chat"); // an id of the usual kind says nothing of the next one

        Assert.True(Names(cluster, "/chat?id=7"));
        Assert.False(Names(cluster, "/chat/read?id=7"));
    }

    /// <summary>Where the hub is not known here, a value that looks exactly like an id may be one.</summary>
    [Theory]
    [InlineData("/elsewhere?id=" + Id, true)]
    [InlineData("/elsewhere?id=" + Uuid, false)]
    [InlineData("/elsewhere?id=5", false)]
    [InlineData("/elsewhere?id=T.g1AAAAAAAAAAA", true)]
    [InlineData("/elsewhere?connectionToken=x", true)]
    [InlineData("/elsewhere?EIO=4&sid=1", true)]
    [InlineData("/elsewhere", false)]
    [InlineData("/chat?id=" + Uuid, true)]
    public void MayName_WhereTheHubIsNotKnown_TheLookDecides(string target, bool expected)
    {
        var cluster = new TestCluster("a");
        cluster.Hubs.Learn("/chat");

        Assert.Equal(expected, cluster.Hubs.MayName(cluster.Snapshot, RequestReader.Read(Http.Get(target))));
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

    // On a hub that is listed, and on one that was learned.
    private static void AssertNames(string hub, string target, bool expected)
    {
        var cluster = new TestCluster(options => options.Hubs = [hub], TestCluster.Node("a"));
        Assert.True(expected == Names(cluster, target), target);

        cluster = new TestCluster("a");
        Assert.False(Names(cluster, target));
        cluster.Hubs.Learn(hub);
        Assert.True(expected == Names(cluster, target), target);
    }

    private static bool Names(TestCluster cluster, string target) => cluster.Hubs.Names(cluster.Snapshot, RequestReader.Read(Http.Get(target)));

    private static string RandomText(int bytes) => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(bytes));
}
