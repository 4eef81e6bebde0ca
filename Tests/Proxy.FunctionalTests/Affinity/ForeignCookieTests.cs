using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Tests.Common;
using Xunit;
using Yarp.ReverseProxy.Configuration;

namespace Proxy.FunctionalTests.Affinity;

/// <summary>The gateway in the place of another proxy, whose cookies the clients still have.</summary>
public sealed class ForeignCookieTests : FunctionalTestBed
{
    private const string Haproxy = "haproxy SRV";

    private readonly List<ScriptedNode> _nodes = [];

    [Theory]
    [InlineData(Haproxy, "SRV=s-{0}")]
    [InlineData(Haproxy, "SRV=s-{0}|awsMB|awsMB")]
    [InlineData("literal route", "route=s-{0}")]
    [InlineData("haproxy-prefix JSESSIONID", "JSESSIONID=s-{0}~own")]
    public async Task Client_WithTheOldCookie_KeepsItsNodeAndGetsOurs(string cookie, string field)
    {
        var gateway = await StartAsync(cookie);
        foreach (var node in (string[])["a", "b", "c"])
        {
            var first = await AskAsync(gateway, "GET", "/page", "Cookie: " + string.Format(null, field, node));
            var ours = Assert.Single(first.All("Set-Cookie"));
            var second = await AskAsync(gateway, "GET", "/page", $"Cookie: {string.Format(null, field, node)}; {ours.Split(';')[0]}");

            Assert.Equal(("foreign-cookie", node), (first.Field("X-Affinity-Outcome"), first.Field("X-Affinity-Node")));
            Assert.StartsWith("srv_id=v1.", ours, StringComparison.Ordinal);
            Assert.Equal(("cookie", node), (second.Field("X-Affinity-Outcome"), second.Field("X-Affinity-Node")));
            Assert.Empty(second.All("Set-Cookie"));
        }
    }

    /// <summary>The count by which an operator sees whether clients still come with the old cookie only.</summary>
    [Fact]
    public async Task Outcomes_AtTheAdminListener_CountTheOldCookies()
    {
        var gateway = await StartAsync(Haproxy);
        var admin = OpenAdmin(gateway);

        await NegotiateAsync(gateway, "/chat", "Cookie: SRV=s-a");
        await NegotiateAsync(gateway, "/chat", "Cookie: SRV=unknown");

        var affinity = await admin.GetFromJsonAsync<JsonElement>("/affinity", Cancel);
        Assert.Equal(1, affinity.GetProperty("outcomes").GetProperty("foreign-cookie").GetInt64());
        Assert.DoesNotContain("foreign-cookie", affinity.GetProperty("refusals").EnumerateArray().Select(name => name.GetString()));
    }

    /// <summary>Azure's front end writes the host into Domain: a browser has that cookie beside ours, and sends both.</summary>
    [Fact]
    public async Task Cookie_UnderOurName_IsToldByItsFormAndTakenAway()
    {
        var gateway = await StartAsync("literal srv_id");

        var answer = await AskAsync(gateway, "GET", "/page", "Cookie: srv_id=s-b");
        var cookies = answer.All("Set-Cookie");
        var both = await AskAsync(gateway, "GET", "/page", $"Cookie: srv_id=s-a; {cookies[^1].Split(';')[0]}");

        Assert.Equal("foreign-cookie b", $"{answer.Field("X-Affinity-Outcome")} {answer.Body}");
        Assert.Equal("srv_id=; Max-Age=0; Path=/; Domain=hub.example", Assert.Single(cookies.Take(cookies.Count - 1)));
        Assert.StartsWith("srv_id=v1.", cookies[^1], StringComparison.Ordinal);
        Assert.Equal("cookie b", $"{both.Field("X-Affinity-Outcome")} {both.Body}");
    }

    /// <summary>A client that keeps cookies as browsers do has one cookie of the name afterwards, and it is ours.</summary>
    [Fact]
    public async Task Cookie_UnderOurName_IsReplacedInAJar()
    {
        var gateway = await StartAsync("literal srv_id");
        var jar = new CookieContainer();
        jar.Add(gateway.Url, new Cookie("srv_id", "s-c", "/"));
        using var http = new HttpClient(new SocketsHttpHandler { CookieContainer = jar });

        Assert.Equal("c", await http.GetStringAsync(new Uri(gateway.Url, "/page"), Cancel));

        Assert.StartsWith("v1.", Assert.Single(jar.GetAllCookies()).Value, StringComparison.Ordinal);
        Assert.Equal("c", await http.GetStringAsync(new Uri(gateway.Url, "/other/page"), Cancel));
    }

    /// <summary>What HAProxy has put in front of the application's cookie is for HAProxy: no node may see it, whatever the request.</summary>
    [Fact]
    public async Task Prefix_OfTheApplicationsCookie_DoesNotReachTheNode()
    {
        var gateway = await StartAsync("haproxy-prefix JSESSIONID", "--Gateway:Affinity:OnUnknown=Probe", "--Gateway:Hubs:0=/chat");

        await AskAsync(gateway, "GET", "/page", "Cookie: JSESSIONID=s-b~own~1; other=s-b~2");
        await NegotiateAsync(gateway, "/chat", "Cookie: a=1; JSESSIONID=s-b~own~1");
        await AskAsync(gateway, "POST", "/chat?id=AbCdEfGhIjKlMnOpQr-_09", "Content-Length: 0", "Cookie: JSESSIONID=s-b~own~1");
        await AskAsync(gateway, "GET", "/chat/socket", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "Cookie: JSESSIONID=s-b~own~1");

        var seen = _nodes.SelectMany(node => node.Requests).Select(request => request.Field("Cookie")).ToList();
        Assert.True(seen.Count >= 5, "one of them at least is the question of OnUnknown; the others are not waited for");
        Assert.All(seen, cookie => Assert.Contains("JSESSIONID=own~1", cookie, StringComparison.Ordinal));
        Assert.Single(seen, cookie => cookie is "JSESSIONID=own~1; other=s-b~2");
    }

    [Fact]
    public async Task Prefix_NodesOwnSetCookie_PassesAsItIs()
    {
        var gateway = await StartAsync("haproxy-prefix JSESSIONID");

        var answer = await AskAsync(gateway, "GET", "/session", "Cookie: JSESSIONID=s-a~old");

        Assert.Equal("JSESSIONID=new; Path=/; HttpOnly", answer.All("Set-Cookie")[0]);
        Assert.StartsWith("srv_id=v1.", answer.All("Set-Cookie")[1], StringComparison.Ordinal);
    }

    /// <summary>The old cookie names a node that cannot be reached: the client goes to another and is bound to it.</summary>
    [Fact]
    public async Task Node_ThatIsDown_LosesItsClientsToAnother()
    {
        var gateway = await StartAsync(Haproxy);
        await _nodes[0].KillAsync();

        var first = await NegotiateAsync(gateway, "/chat", "Cookie: SRV=s-a");
        var second = await NegotiateAsync(gateway, "/chat", $"Cookie: SRV=s-a; {Assert.Single(first.All("Set-Cookie")).Split(';')[0]}");

        Assert.NotEqual("a", first.Field("X-Affinity-Node"));
        Assert.Equal(("cookie", first.Field("X-Affinity-Node")), (second.Field("X-Affinity-Outcome"), second.Field("X-Affinity-Node")));
    }

    [Fact]
    public async Task Explain_Request_NamesTheCookie()
    {
        var gateway = await StartAsync(Haproxy);
        var admin = OpenAdmin(gateway);

        using var response = await admin.PostAsJsonAsync(
            "/affinity/explain", new { method = "POST", url = "/chat/negotiate", headers = new { Cookie = "SRV=s-c" } }, Cancel);
        var explained = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);

        Assert.Equal(("c", "foreign-cookie"), (explained.GetProperty("node").GetString(), explained.GetProperty("outcome").GetString()));
        var step = explained.GetProperty("steps").EnumerateArray().Last();
        Assert.Equal(("foreign cookie", "hit", "c, by SRV of haproxy"),
            (step.GetProperty("step").GetString(), step.GetProperty("result").GetString(), step.GetProperty("detail").GetString()));
    }

    /// <summary>What becomes of everybody when the setting is taken out too early, or a node's name there is changed.</summary>
    [Fact]
    public async Task Replay_WithoutTheSetting_TellsWhatItWouldMove()
    {
        var gateway = await StartAsync(Haproxy);
        var admin = OpenAdmin(gateway);
        for (var i = 0; i < 4; i++)
        {
            await NegotiateAsync(gateway, "/chat", "Cookie: SRV=s-b");
        }

        var same = await ReplayAsync(admin, Configuration("s-", isKept: true));
        var renamed = await ReplayAsync(admin, Configuration("t-", isKept: true));
        var without = await ReplayAsync(admin, Configuration("s-", isKept: false));

        Assert.Equal((4, 4), (Count(same, "considered"), Count(same, "unchanged")));
        Assert.Equal(4, Count(renamed, "drawn"));
        Assert.Equal(4, Count(without, "drawn"));
    }

    [Fact]
    public async Task Setting_ChangedWhileItRuns_CountsAtOnce()
    {
        var file = Path.GetTempFileName();
        try
        {
            await WriteAsync(file, Haproxy);
            var gateway = await StartAsync(cookie: null, "--config", file);
            Assert.Equal("foreign-cookie", (await AskAsync(gateway, "GET", "/page", "Cookie: SRV=s-a")).Field("X-Affinity-Outcome"));

            await WriteAsync(file, cookie: null);

            await Eventually.HoldsAsync(
                async () => (await AskAsync(gateway, "GET", "/page", "Cookie: SRV=s-a")).Field("X-Affinity-Outcome") is "router", expectation: "the list is empty");
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>The real policies of YARP, whose own cookies the gateway then honours in front of the same nodes.</summary>
    [Theory]
    [InlineData("HashCookie", "yarp-hash")]
    [InlineData("ArrCookie", "arr")]
    public async Task Client_OfYarp_KeepsItsNode(string policy, string kind)
    {
        var gateway = await StartAsync(kind + " node-of", withForeignKeys: false);
        var yarp = await StartYarpAsync(policy, "node-of");
        var nodes = new HashSet<string>(StringComparer.Ordinal);
        while (nodes.Count < 3)
        {
            var before = await AskAsync(yarp, "GET", "/page");
            nodes.Add(before.Body);

            var after = await AskAsync(gateway, "GET", "/page", "Cookie: " + Assert.Single(before.All("Set-Cookie")).Split(';')[0]);

            Assert.Equal(("foreign-cookie", before.Body), (after.Field("X-Affinity-Outcome"), after.Body));
        }
    }

    private static Task WriteAsync(string file, string? cookie) => File.WriteAllTextAsync(file, JsonSerializer.Serialize(new
    {
        Gateway = new { Affinity = new { Foreign = cookie?.Split(' ') is [var kind, var name] ? new[] { new { Kind = kind, Cookie = name } } : [] } },
    }), Cancel);

    private static int Count(JsonElement result, string name) => result.GetProperty(name).GetInt32();

    private string Configuration(string prefix, bool isKept) => JsonSerializer.Serialize(new
    {
        Gateway = new
        {
            Nodes = _nodes.ToDictionary(
                node => node.Name, node => new { Address = node.Url.GetLeftPart(UriPartial.Authority), ForeignKey = prefix + node.Name }),
            Affinity = new { Foreign = isKept ? new[] { new { Kind = "haproxy", Cookie = "SRV" } } : [] },
        },
    });

    private static async Task<JsonElement> ReplayAsync(HttpClient admin, string configuration)
    {
        using var content = new StringContent(configuration);
        using var response = await admin.PostAsync("/affinity/replay", content, Cancel);
        var text = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonElement.Parse(text);
    }

    private Task<TestGateway> StartAsync(string? cookie, params string[] options) => StartAsync(cookie, withForeignKeys: true, options);

    private Task<TestGateway> StartAsync(string? cookie, bool withForeignKeys, params string[] options)
    {
        foreach (var name in (string[])["a", "b", "c"])
        {
            _nodes.Add(StartScripted(name, AnswerAsync));
        }

        string[] foreign = cookie?.Split(' ') is [var kind, var old]
            ? [$"--Gateway:Affinity:Foreign:0:Kind={kind}", $"--Gateway:Affinity:Foreign:0:Cookie={old}"]
            : [];
        return StartGatewayAsync(nodes: [], configure: null,
        [
            .. _nodes.Select(node => $"--Gateway:Nodes:{node.Name}:Address={node.Url.GetLeftPart(UriPartial.Authority)}"),
            .. _nodes.Where(_ => withForeignKeys).Select(node => $"--Gateway:Nodes:{node.Name}:ForeignKey=s-{node.Name}"),
            "--Gateway:Health:Probe=none", "--Gateway:Diagnostics:ResponseHeaders=true", .. foreign, .. options,
        ]);
    }

    private static Task AnswerAsync(ScriptedExchange exchange) => exchange.Request switch
    {
        { Target: var target } when target.Contains("/negotiate", StringComparison.Ordinal) => exchange.AnswerNegotiateAsync(Guid.NewGuid().ToString("N")),
        { Target: "/session" } => exchange.AnswerAsync(200, "", "Set-Cookie: JSESSIONID=new; Path=/; HttpOnly"),
        _ => exchange.AnswerNameAsync(),
    };

    private async Task<Uri> StartYarpAsync(string policy, string cookie)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.Sources.Clear(); // the gateway's appsettings.json lies beside the tests
        builder.Configuration.AddInMemoryCollection([new("urls", "http://127.0.0.1:0")]);
        builder.Services.AddReverseProxy().LoadFromMemory(
            [new RouteConfig { RouteId = "all", ClusterId = "all", Match = new RouteMatch { Path = "/{**rest}" } }],
            [
                new ClusterConfig
                {
                    ClusterId = "all",
                    Destinations = _nodes.ToDictionary(node => node.Name, node => new DestinationConfig { Address = node.Url.ToString() }),
                    SessionAffinity = new SessionAffinityConfig { Enabled = true, AffinityKeyName = cookie, Policy = policy },
                },
            ]);
        var app = Own(builder.Build());
        app.MapReverseProxy();
        await app.StartAsync(Cancel);
        return new Uri(app.Urls.First());
    }
}
