using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Proxy.FunctionalTests.Forwarding;
using Proxy.Outcomes;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Admin;

/// <summary>The admin listener: what it says, what it does, and whom it lets in.</summary>
public sealed class AdminApiTests : FunctionalTestBed
{
    [Fact]
    public async Task Affinity_SaysAllThatTheContractSays()
    {
        var gateway = await StartAsync();
        await NegotiateAsync(gateway);
        await AskAsync(gateway, "GET", "/chat?id=unknown-unknown-unknow");

        var affinity = await OpenAdmin(gateway).GetFromJsonAsync<JsonElement>("/affinity", Cancel);

        AssertHas(["version", "uptimeSeconds", "mode", "router", "store", "nodes", "outcomes", "refusals", "configuration"], affinity);
        AssertHas(["kind", "entries", "capacity", "evicted"], affinity.GetProperty("store"));
        AssertHas(["loadedAt", "rejected", "lastError"], affinity.GetProperty("configuration"));
        Assert.Equal("auto", affinity.GetProperty("mode").GetString());
        Assert.Equal("weighted", affinity.GetProperty("router").GetString());
        Assert.Equal("memory", affinity.GetProperty("store").GetProperty("kind").GetString());
        Assert.Equal(2, affinity.GetProperty("nodes").GetArrayLength());
        AssertHas([.. Enum.GetValues<RoutingOutcome>().Select(outcome => outcome.Name())], affinity.GetProperty("outcomes"));
        Assert.Equal(
            Enum.GetValues<RoutingOutcome>().Where(outcome => outcome.IsRefusal()).Select(outcome => outcome.Name()),
            affinity.GetProperty("refusals").EnumerateArray().Select(name => name.GetString()!));
        Assert.Equal(1, affinity.GetProperty("outcomes").GetProperty("router").GetInt64());
        Assert.Equal(1, affinity.GetProperty("outcomes").GetProperty("unknown-id").GetInt64());
        Assert.Equal(JsonValueKind.Null, affinity.GetProperty("configuration").GetProperty("lastError").ValueKind);
    }

    [Fact]
    public async Task Nodes_SayAllThatTheContractSays()
    {
        var gateway = await StartAsync();

        var nodes = await OpenAdmin(gateway).GetFromJsonAsync<JsonElement>("/nodes", Cancel);

        var node = nodes[0];
        AssertHas(["name", "cluster", "address", "endpointType", "state", "online", "health", "connections", "inFlight", "capacity", "weight", "reported",
            "draining"], node);
        AssertHas(["webSockets", "serverSentEvents", "longPolling", "negotiated", "total"], node.GetProperty("connections"));
        AssertHas(["active", "passive"], node.GetProperty("health"));
        Assert.Equal("a", node.GetProperty("name").GetString());
        Assert.Equal("gateway", node.GetProperty("cluster").GetString());
        Assert.Equal("primary", node.GetProperty("endpointType").GetString());
        Assert.Equal("open", node.GetProperty("state").GetString());
        Assert.True(node.GetProperty("online").GetBoolean());
        Assert.Equal("unknown", node.GetProperty("health").GetProperty("active").GetString());
    }

    [Fact]
    public async Task Drain_NewConnectionsLeave_KnownIdsStay()
    {
        var gateway = await StartAsync();
        var admin = OpenAdmin(gateway);
        var opened = await NegotiateAsync(gateway);
        var token = NegotiateAnswerTests.TokenOf(opened);
        var owner = token[2..3];
        var other = owner is "a" ? "b" : "a";
        var cookie = "Cookie: " + Assert.Single(opened.All("Set-Cookie")).Split(';')[0];

        using var drained = await admin.PostAsync(new Uri($"/nodes/{owner}/drain", UriKind.Relative), content: null, Cancel);
        var node = await drained.Content.ReadFromJsonAsync<JsonElement>(Cancel);

        Assert.Equal(HttpStatusCode.Accepted, drained.StatusCode);
        Assert.Equal("draining", node.GetProperty("state").GetString());
        Assert.False(node.GetProperty("online").GetBoolean());
        AssertHas(["since", "mode", "remaining", "deadline"], node.GetProperty("draining"));
        Assert.Equal("wait", node.GetProperty("draining").GetProperty("mode").GetString());
        Assert.Equal(1, node.GetProperty("draining").GetProperty("remaining").GetInt32());

        for (var i = 0; i < 5; i++)
        {
            var page = await AskAsync(gateway, "GET", "/page", cookie);
            Assert.Equal(other, page.Body);
            Assert.Single(page.All("Set-Cookie")); // bound anew
            Assert.Equal(other, NegotiateAnswerTests.TokenOf(await NegotiateAsync(gateway, "/chat", cookie))[2..3]);
            Assert.Equal(owner, (await AskAsync(gateway, "GET", "/chat?id=" + token, cookie)).Body);
        }

        using var resumed = await admin.PostAsync(new Uri($"/nodes/{owner}/resume", UriKind.Relative), content: null, Cancel);

        Assert.Equal(HttpStatusCode.Accepted, resumed.StatusCode);
        Assert.Equal("open", (await NodeAsync(admin, owner)).GetProperty("state").GetString());
        Assert.Equal(owner, (await AskAsync(gateway, "GET", "/page", cookie)).Body);
    }

    [Fact]
    public async Task Drain_OfEveryNode_IsANodelessGateway()
    {
        var gateway = await StartAsync();
        var admin = OpenAdmin(gateway);
        foreach (var name in new[] { "a", "b" })
        {
            using var drained = await admin.PostAsync(new Uri($"/nodes/{name}/drain", UriKind.Relative), content: null, Cancel);
        }

        var refused = await NegotiateAsync(gateway);
        using var ready = await admin.GetAsync(new Uri("/healthz/ready", UriKind.Relative), Cancel);
        using var live = await admin.GetAsync(new Uri("/healthz/live", UriKind.Relative), Cancel);

        Assert.Equal(503, refused.Status);
        Assert.Equal("no-node-online", refused.Field("X-Affinity-Outcome"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Drain_WithABody_FollowsIt(bool hasLength)
    {
        var admin = OpenAdmin(await StartAsync());
        const string json = """{"mode":"wait-then-close","timeout":"00:01:00","rate":5}""";
        using HttpContent body = hasLength
            ? new StringContent(json, Encoding.UTF8, "application/json")
            : JsonContent.Create(JsonDocument.Parse(json).RootElement);

        using var drained = await admin.PostAsync(new Uri("/nodes/a/drain", UriKind.Relative), body, Cancel);

        var draining = (await drained.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("draining");
        Assert.Equal("wait-then-close", draining.GetProperty("mode").GetString());
        Assert.Equal(TimeSpan.FromMinutes(1), draining.GetProperty("deadline").GetDateTimeOffset() - draining.GetProperty("since").GetDateTimeOffset());
    }

    [Theory]
    [InlineData("/nodes/nobody/drain", null, 404)]
    [InlineData("/nodes/nobody/resume", null, 404)]
    [InlineData("/nodes/a/drain", "{", 400)]
    [InlineData("/nodes/a/drain", "[]", 400)]
    [InlineData("/nodes/a/drain", """{"mode":"fast"}""", 400)]
    [InlineData("/nodes/a/drain", """{"timeout":"soon"}""", 400)]
    [InlineData("/nodes/a/drain", """{"timeout":"-00:00:01"}""", 400)]
    [InlineData("/nodes/a/drain", """{"timeout":"8.00:00:00"}""", 400)]
    [InlineData("/nodes/a/drain", """{"rate":0}""", 400)]
    [InlineData("/nodes/a/drain", """{"rate":"many"}""", 400)]
    [InlineData("/nodes/a/drain", """{"mod":"cut"}""", 400)]
    [InlineData("/nodes/a/drain", "mode=cut", 400, "application/x-www-form-urlencoded")]
    [InlineData("/nodes/drained/resume", null, 409)]
    public async Task Change_ThatCannotBe_IsRefusedWithTheReason(string path, string? json, int status, string type = "application/json")
    {
        var gateway = await StartAsync("--Gateway:Nodes:drained:Address=http://127.0.0.1:9", "--Gateway:Nodes:drained:Draining=true");
        var admin = OpenAdmin(gateway);
        using var body = json is null ? null : new StringContent(json, Encoding.UTF8, type);

        using var answer = await admin.PostAsync(new Uri(path, UriKind.Relative), body, Cancel);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.NotEqual("", (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("error").GetString());
        Assert.Equal("open", (await NodeAsync(admin, "a")).GetProperty("state").GetString());
    }

    /// <summary>A web page that reaches it by a name of its own (DNS rebinding) or from another site.</summary>
    [Theory]
    [InlineData("Host", "evil.example", 403)]
    [InlineData("Host", "ops.example", 200)]
    [InlineData("Host", "localhost:8081", 200)]
    [InlineData("Host", "[::1]", 200)]
    [InlineData("Origin", "https://evil.example", 403)]
    [InlineData("Origin", "null", 403)]
    [InlineData("Sec-Fetch-Site", "cross-site", 403)]
    [InlineData("Sec-Fetch-Site", "same-site", 403)]
    [InlineData("Sec-Fetch-Site", "same-origin", 200)]
    [InlineData("Sec-Fetch-Site", "none", 200)]
    public async Task Caller_FromAWebPageOfSomebodyElse_IsRefused(string field, string value, int status)
    {
        var gateway = await StartAsync("--Gateway:Admin:AllowedHosts:0=ops.example");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/nodes");
        request.Headers.TryAddWithoutValidation(field, value);

        using var answer = await OpenAdmin(gateway).SendAsync(request, Cancel);

        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Fact]
    public async Task Caller_OfTheSameOrigin_IsLetIn()
    {
        var admin = OpenAdmin(await StartAsync());
        using var request = new HttpRequestMessage(HttpMethod.Get, "/nodes");
        request.Headers.TryAddWithoutValidation("Origin", admin.BaseAddress!.GetLeftPart(UriPartial.Authority));

        using var answer = await admin.SendAsync(request, Cancel);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData("/nodes", null, 401)]
    [InlineData("/affinity", "Bearer wrong-key", 401)]
    [InlineData("/affinity", "Basic the-right-key-of-this-test", 401)]
    [InlineData("/affinity", "Bearer the-right-key-of-this-test", 200)]
    [InlineData("/healthz/live", null, 200)]
    [InlineData("/healthz/ready", null, 200)]
    public async Task Caller_WithoutTheKey_SeesHealthOnly(string path, string? authorization, int status)
    {
        var gateway = await StartAsync("--Gateway:Admin:ApiKey=the-right-key-of-this-test");
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Authorization", authorization);

        using var answer = await OpenAdmin(gateway).SendAsync(request, Cancel);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(status == 401, answer.Headers.WwwAuthenticate.Count > 0);
    }

    /// <summary>A page behind the gateway may have the same paths.</summary>
    [Fact]
    public async Task Paths_OfTheAdminListener_AreTheNodesOnTheGateway()
    {
        var gateway = await StartAsync();

        foreach (var path in new[] { "/nodes", "/affinity", "/healthz/live", "/metrics" })
        {
            Assert.Matches("^[ab]$", (await AskAsync(gateway, "GET", path)).Body);
        }
    }

    private Task<TestGateway> StartAsync(params string[] options) => StartGatewayAsync(
        "ab".Select(name => StartScripted(name.ToString(), static exchange =>
            exchange.Request.Method is "POST" ? exchange.AnswerNegotiateAsync("T-" + exchange.NodeName) : exchange.AnswerNameAsync())),
        options);

    // Members may be added, and none may go.
    private static void AssertHas(string[] members, JsonElement element) =>
        Assert.Superset(
            members.ToHashSet(StringComparer.Ordinal), element.EnumerateObject().Select(property => property.Name).ToHashSet(StringComparer.Ordinal));
}
