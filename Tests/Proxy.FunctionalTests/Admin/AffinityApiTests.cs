using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Admin;

/// <summary>Connections and explanations, asked of the admin listener of a running gateway.</summary>
public sealed class AffinityApiTests : FunctionalTestBed
{
    [Fact]
    public async Task Connections_Negotiated_AreListedByPagesAndFilters()
    {
        var (gateway, admin) = await StartAsync();
        for (var i = 0; i < 5; i++)
        {
            await NegotiateAsync(gateway);
        }

        var seen = new List<string>();
        var after = "";
        while (true)
        {
            var page = await admin.GetFromJsonAsync<JsonElement>($"/affinity/connections?limit=2{after}", Cancel);
            Assert.Equal(5, page.GetProperty("total").GetInt32());
            var ids = page.GetProperty("connections").EnumerateArray().Select(row => row.GetProperty("id").GetString()!).ToList();
            seen.AddRange(ids);
            if (ids.Count < 2)
            {
                break;
            }

            after = "&after=" + ids[^1];
        }

        Assert.Equal(5, seen.Distinct().Count());
        Assert.Equal(seen.Order(StringComparer.Ordinal), seen);
        Assert.Equal(5, await TotalAsync(admin, "?transport=negotiated"));
        Assert.Equal(0, await TotalAsync(admin, "?transport=web_sockets"));
        Assert.Equal(5, await TotalAsync(admin, "?node=a") + await TotalAsync(admin, "?node=B"));
    }

    [Theory]
    [InlineData("?limit=0", "limit")]
    [InlineData("?limit=1001", "limit")]
    [InlineData("?limit=x", "limit")]
    [InlineData("?transport=pigeon", "transport")]
    [InlineData("?after=zz", "after")]
    [InlineData("?node=nobody", "node")]
    [InlineData("?nodes=a", "nodes")]
    public async Task Connections_BadParameter_Is400WithTheReason(string query, string reason)
    {
        var (_, admin) = await StartAsync();

        using var response = await admin.GetAsync("/affinity/connections" + query, Cancel);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(reason, (await response.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connection_WebSocket_IsFoundByIdTaggedIdAndHash()
    {
        var (gateway, admin) = await StartAsync();
        var tagged = JsonDocument.Parse((await NegotiateAsync(gateway)).Body).RootElement.GetProperty("connectionToken").GetString()!;
        await using var client = await RawConnection.OpenAsync(gateway.Url);
        await client.SendAsync($"GET /chat?id={tagged} HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 101", await client.ReadHeadAsync(), StringComparison.Ordinal);
        await Eventually.HoldsAsync(async () => await TotalAsync(admin, "?transport=web_sockets") == 1);

        var byTag = await admin.GetFromJsonAsync<JsonElement>($"/affinity/connections/{tagged}", Cancel);
        Assert.Equal(("tagged-id", "tag"), (byTag.GetProperty("given").GetString(), byTag.GetProperty("outcome").GetString()));
        var row = byTag.GetProperty("connection");
        Assert.Equal(("web_sockets", "127.0.0.1", "gateway"), (Text(row, "transport"), Text(row, "client"), Text(row, "cluster")));
        Assert.True(Text(row, "tunnel") is "handoff" or "stream"); // HandOffTests says when

        var hash = row.GetProperty("id").GetString();
        var byHash = await admin.GetFromJsonAsync<JsonElement>($"/affinity/connections/{hash}", Cancel);
        Assert.Equal(("hash", Text(row, "node")), (Text(byHash, "given"), Text(byHash, "node")));

        // Without its tag nobody would find the owner; the connection is known all the same.
        var plain = tagged[..tagged.LastIndexOf('.')];
        var byId = await admin.GetFromJsonAsync<JsonElement>($"/affinity/connections/{plain}", Cancel);
        Assert.Equal(("id", "unknown-id", hash), (Text(byId, "given"), Text(byId, "outcome"), byId.GetProperty("connection").GetProperty("id").GetString()));
        Assert.DoesNotContain(plain, byTag.ToString(), StringComparison.Ordinal);

        using var unknown = await admin.GetAsync("/affinity/connections/nobody%2Fknows", Cancel);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Theory]
    [InlineData("GET", "/page", "")]
    [InlineData("GET", "/page?id=5", "")]
    [InlineData("GET", "/chat?id=unknown-unknown-unknow", "")]
    [InlineData("GET", "/chat?id=x.g1AbCdEfGh-_0", "")]
    [InlineData("POST", "/chat?id={token}", "")]
    [InlineData("DELETE", "/chat/%2e/?x=%2F&id={token}", "")]
    [InlineData("GET", "/page", "Cookie: {cookie}")]
    [InlineData("GET", "/chat?id=1&id=2", "")]
    [InlineData("GET", "/page#x", "")]
    [InlineData("OPTIONS", "/chat?id=unknown-unknown-unknow", "Access-Control-Request-Method: POST")]
    public async Task Explain_Request_SaysWhatTheAnswersHeadersSay(string method, string target, string field)
    {
        var (gateway, admin) = await StartAsync();
        var negotiated = await NegotiateAsync(gateway);
        var token = JsonDocument.Parse(negotiated.Body).RootElement.GetProperty("connectionToken").GetString();
        target = target.Replace("{token}", token, StringComparison.Ordinal);
        field = field.Replace("{cookie}", negotiated.Field("Set-Cookie")!.Split(';')[0], StringComparison.Ordinal);
        var headers = field.Split(": ", 2) is [var name, var value] ? new Dictionary<string, string> { [name] = value } : [];

        var explained = await ExplainAsync(admin, new { method, url = target, headers });
        var answer = await AskAsync(gateway, method, target, field.Length == 0 ? [] : [field]);

        Assert.Equal(answer.Field("X-Affinity-Outcome"), Text(explained, "outcome"));
        if (Text(explained, "node") is { } node)
        {
            Assert.Equal(answer.Field("X-Affinity-Node"), node);
        }
        else if (explained.GetProperty("candidates").GetArrayLength() > 0)
        {
            Assert.Contains(answer.Field("X-Affinity-Node"), explained.GetProperty("candidates").EnumerateArray().Select(candidate => Text(candidate, "node")));
        }
        else
        {
            Assert.Equal(answer.Status, explained.GetProperty("status").GetInt32());
        }
    }

    [Theory]
    [InlineData("no json")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"url":"/","client":"x"}""")]
    [InlineData("""{"url":"/","headers":{"A":5}}""")]
    public async Task Explain_WrongBody_Is400WithTheReason(string body)
    {
        var (_, admin) = await StartAsync();
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");

        using var response = await admin.PostAsync("/affinity/explain", content, Cancel);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.NotEmpty((await response.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("error").GetString()!);
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();

    private static async Task<int> TotalAsync(HttpClient admin, string query) =>
        (await admin.GetFromJsonAsync<JsonElement>("/affinity/connections" + query, Cancel)).GetProperty("total").GetInt32();

    private static async Task<JsonElement> ExplainAsync(HttpClient admin, object request)
    {
        using var response = await admin.PostAsJsonAsync("/affinity/explain", request, Cancel);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
    }

    private async Task<(TestGateway Gateway, HttpClient Admin)> StartAsync()
    {
        var gateway = await StartGatewayAsync([StartNode("a"), StartNode("b")], "--Gateway:Diagnostics:ResponseHeaders=true");
        return (gateway, OpenAdmin(gateway));
    }

    private ScriptedNode StartNode(string name) => StartScripted(name, async exchange =>
    {
        if (exchange.Request.Field("Upgrade") is not null)
        {
            await exchange.AcceptWebSocketAsync();
        }
        else if (exchange.Request.Head.Contains("/negotiate", StringComparison.Ordinal))
        {
            await exchange.AnswerNegotiateAsync(Guid.NewGuid().ToString("N"));
        }
        else
        {
            await exchange.AnswerNameAsync();
        }
    });
}
