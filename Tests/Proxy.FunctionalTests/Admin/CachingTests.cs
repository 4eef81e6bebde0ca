using Proxy.Requests;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Admin;

/// <summary>No cache may keep what the gateway says by itself: RFC 9111, 4.2.2 lets one keep a 404 that does not forbid it.</summary>
public sealed class CachingTests : FunctionalTestBed
{
    private const string NoStore = "no-store";

    [Theory]
    [InlineData("GET", "/affinity", 200)]
    [InlineData("GET", "/affinity/connections", 200)]
    [InlineData("GET", "/affinity/connections?limit=x", 400)]
    [InlineData("GET", "/affinity/connections/none", 404)]
    [InlineData("GET", "/affinity/decisions", 200)]
    [InlineData("POST", "/affinity/explain", 400)]
    [InlineData("GET", "/nodes", 200)]
    [InlineData("POST", "/nodes/none/drain", 404)]
    [InlineData("GET", "/healthz/live", 200)]
    [InlineData("GET", "/healthz/ready", 200)]
    [InlineData("GET", "/metrics", 200)]
    [InlineData("GET", "/none", 404)]
    [InlineData("GET", "/dashboard/none.js", 404)]
    [InlineData("DELETE", "/nodes", 405)]
    public async Task AdminAnswer_IsNotStored(string method, string target, int status)
    {
        var gateway = await StartGatewayAsync([StartScripted("a")]);

        var answer = await AskAsync(gateway.Admin.Url, $"{method} {target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");

        Assert.Equal((status, NoStore), (answer.Status, answer.Field("Cache-Control")));
    }

    [Fact]
    public async Task AdminRefusal_IsNotStored()
    {
        var gateway = await StartGatewayAsync([StartScripted("a")], "--Gateway:Admin:ApiKey=0123456789abcdef");

        var noKey = await AskAsync(gateway.Admin.Url, "GET /nodes HTTP/1.1\r\nHost: localhost\r\n\r\n");
        var otherHost = await AskAsync(gateway.Admin.Url, "GET /nodes HTTP/1.1\r\nHost: other.example\r\n\r\n");

        Assert.Equal((401, NoStore, 403, NoStore), (noKey.Status, noKey.Field("Cache-Control"), otherHost.Status, otherHost.Field("Cache-Control")));
    }

    /// <summary>The page's files hold no data; they are asked for again, so that a page never meets the script of another version.</summary>
    [Theory]
    [InlineData("/")]
    [InlineData("/dashboard/index.html")]
    public async Task DashboardFile_IsRevalidated(string target)
    {
        var gateway = await StartGatewayAsync([StartScripted("a")]);

        var answer = await AskAsync(gateway.Admin.Url, "GET", target, "X-Test: 1");

        Assert.Equal(403, answer.Status); // hub.example
        var page = await AskAsync(gateway.Admin.Url, $"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        Assert.Equal((200, "no-cache"), (page.Status, page.Field("Cache-Control")));
    }

    [Fact]
    public async Task Refusals_OfTheGateway_AreNotStored()
    {
        var dead = await StartDeadAsync("a");
        var gateway = await StartGatewayAsync([dead]);

        var unreachable = await AskAsync(gateway, "GET", "/page");
        var unknown = await AskAsync(gateway, "GET", "/chat?id=T" + Tag.Prefix + Tag.Compute(key: null, "gateway", "other"));

        Assert.Equal((502, NoStore), (unreachable.Status, unreachable.Field("Cache-Control")));
        Assert.Equal((404, NoStore), (unknown.Status, unknown.Field("Cache-Control")));
    }

    /// <summary>Answers of ASP.NET Core and YARP: no route, no such method, no destination, a destination that is away.</summary>
    [Fact]
    public async Task AnswersBesideTheGateway_AreNotStored_AndThoseOfNodesAreLeftAlone()
    {
        var node = StartScripted("a", static exchange => exchange.AnswerAsync(404, "not here"));
        var empty = StartScripted("b", static exchange => exchange.SendAsync("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"));
        var dead = await StartDeadAsync("c");
        var gateway = await StartGatewayAsync(
            Array.Empty<ScriptedNode>(),
            "--ReverseProxy:Routes:pages:ClusterId=pages", "--ReverseProxy:Routes:pages:Match:Path=/pages",
            "--ReverseProxy:Routes:pages:Match:Methods:0=GET",
            $"--ReverseProxy:Clusters:pages:Destinations:a:Address={node.Url}",
            "--ReverseProxy:Routes:empty:ClusterId=empty", "--ReverseProxy:Routes:empty:Match:Path=/empty",
            $"--ReverseProxy:Clusters:empty:Destinations:a:Address={empty.Url}",
            "--ReverseProxy:Routes:away:ClusterId=away", "--ReverseProxy:Routes:away:Match:Path=/away",
            $"--ReverseProxy:Clusters:away:Destinations:a:Address={dead.Url}");

        Assert.Equal((404, NoStore), await CachingAsync(gateway, "GET", "/nowhere"));
        Assert.Equal((405, NoStore), await CachingAsync(gateway, "POST", "/pages"));
        Assert.Equal((502, NoStore), await CachingAsync(gateway, "GET", "/away"));
        Assert.Equal((404, null), await CachingAsync(gateway, "GET", "/pages"));
        Assert.Equal((404, null), await CachingAsync(gateway, "GET", "/empty"));
    }

    private static async Task<(int Status, string? Caching)> CachingAsync(TestGateway gateway, string method, string target)
    {
        var answer = await AskAsync(gateway, method, target, "Content-Length: 0");
        return (answer.Status, answer.Field("Cache-Control"));
    }
}
