using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Decisions;

/// <summary>The log of decisions, watched and replayed at the admin listener.</summary>
public sealed class DecisionLogTests : FunctionalTestBed
{
    private static readonly string[] Shown = ["number", "kind", "transport", "path", "outcome", "status"];

    [Fact]
    public async Task Decisions_OfAllKinds_AreRememberedNewestFirst()
    {
        var (gateway, admin, _) = await StartAsync();
        var negotiated = await NegotiateAsync(gateway);
        var token = JsonDocument.Parse(negotiated.Body).RootElement.GetProperty("connectionToken").GetString();
        await AskAsync(gateway, "POST", $"/chat?id={token}");
        await AskAsync(gateway, "GET", "/chat?id=unknown-unknown-unknow&access_token=canary");
        await AskAsync(gateway, "GET", "/page?q=canary", "Cookie: " + negotiated.Field("Set-Cookie")!.Split(';')[0]);

        using var response = await admin.GetAsync("/affinity/decisions", Cancel);
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);

        Assert.Equal((4096, 4), (answer.GetProperty("capacity").GetInt32(), answer.GetProperty("recorded").GetInt32()));
        Assert.Equal(
            ["4 other none /page cookie 200", "3 has-id long_polling /chat unknown-id 404", "2 has-id none /chat tag 200",
                "1 negotiate none /chat/negotiate router 200"],
            answer.GetProperty("decisions").EnumerateArray().Select(Describe));
        Assert.DoesNotContain("canary", answer.ToString(), StringComparison.Ordinal);
        Assert.Equal("attachment", response.Content.Headers.ContentDisposition?.DispositionType);
        Assert.Equal(2, (await admin.GetFromJsonAsync<JsonElement>("/affinity/decisions?limit=2", Cancel)).GetProperty("decisions").GetArrayLength());

        var decisions = answer.GetProperty("decisions");
        var found = await admin.GetFromJsonAsync<JsonElement>($"/affinity/connections/{token}", Cancel);
        Assert.Equal(found.GetProperty("id").GetString(), decisions[2].GetProperty("id").GetString());
        Assert.Equal("127.0.0.1", decisions[0].GetProperty("client").GetString());

        using var wrong = await admin.GetAsync("/affinity/decisions?limit=0", Cancel);
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
    }

    [Fact]
    public async Task Decisions_NodeFails_ShowEachAttempt()
    {
        var gateway = await StartPairAsync(await StartDeadAsync("a"), StartNode("b"));
        await NegotiateAsync(gateway);

        var answer = await OpenAdmin(gateway).GetFromJsonAsync<JsonElement>("/affinity/decisions", Cancel);

        Assert.Equal(["b 2", "a 1"], answer.GetProperty("decisions").EnumerateArray().Select(
            decision => $"{decision.GetProperty("node")} {decision.GetProperty("attempt")}"));
    }

    [Fact]
    public async Task Stream_Decision_ArrivesWhileItHappens()
    {
        var (gateway, admin, _) = await StartAsync("--Gateway:Diagnostics:TraceSize=0");
        using var response = await admin.GetAsync("/affinity/decisions/stream", HttpCompletionOption.ResponseHeadersRead, Cancel);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        using var events = new StreamReader(await response.Content.ReadAsStreamAsync(Cancel));

        await AskAsync(gateway, "GET", "/page");

        var lines = new List<string>();
        while (lines.LastOrDefault()?.StartsWith("data:", StringComparison.Ordinal) is not true)
        {
            lines.Add((await Eventually.CompletesAsync(events.ReadLineAsync(Cancel).AsTask()))!);
        }

        Assert.Equal(["id: 1", "event: decision"], lines[^3..^1]);
        Assert.Equal("1 other none /page router 200", Describe(JsonElement.Parse(lines[^1]["data:".Length..])));
        Assert.Empty((await admin.GetFromJsonAsync<JsonElement>("/affinity/decisions", Cancel)).GetProperty("decisions").EnumerateArray());
    }

    [Fact]
    public async Task Replay_SameConfiguration_MovesNothing()
    {
        var (gateway, admin, nodes) = await StartAsync("--Gateway:Router=hash:ip");
        await MixAsync(gateway);

        var result = await ReplayAsync(admin, Configuration(nodes, router: "hash:ip"));

        Assert.Equal(
            (0, 0, 0, 0, 0), (Count(result, "moved"), Count(result, "refused"), Count(result, "admitted"), Count(result, "drawn"), Count(result, "unknown")));
        Assert.Equal(Count(result, "considered"), Count(result, "unchanged"));
    }

    [Fact]
    public async Task Replay_NodeTakenOut_TellsWhatIsLostAndWhatMoves()
    {
        var (gateway, admin, nodes) = await StartAsync();
        await MixAsync(gateway);
        var decisions = (await admin.GetFromJsonAsync<JsonElement>("/affinity/decisions", Cancel)).GetProperty("decisions").EnumerateArray().ToList();
        var atB = decisions.Where(decision => decision.GetProperty("node").GetString() == "b").ToList();

        var result = await ReplayAsync(admin, Configuration([nodes[0]], router: "weighted"));

        // Tags of a node that is gone are refused; a client that has a cookie, or nothing, goes to the other one.
        var byTag = atB.Count(decision => decision.GetProperty("outcome").GetString() == "tag");
        Assert.Equal((byTag, atB.Count - byTag, 0), (Count(result, "refused"), Count(result, "moved"), Count(result, "drawn")));
        Assert.All(result.GetProperty("changes").EnumerateArray(), change => Assert.Equal("b", change.GetProperty("fromNode").GetString()));
    }

    [Fact]
    public async Task Replay_WhatChanceOrTheRequestDecides_IsNotClaimed()
    {
        var (gateway, admin, nodes) = await StartAsync();
        await NegotiateAsync(gateway);
        await NegotiateAsync(gateway);

        var drawn = await ReplayAsync(admin, Configuration(nodes, router: "random"));
        var unknown = await ReplayAsync(admin, Configuration(nodes, router: "hash:query:user"));

        Assert.Equal((2, 1.0), (Count(drawn, "drawn"), drawn.GetProperty("expectedMoves").GetDouble()));
        Assert.Equal(2, Count(unknown, "unknown"));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("[]")]
    [InlineData("""{"Nodes":{"a":"ftp://x"}}""")]
    [InlineData("""{"Nodez":{"a":"http://127.0.0.1:1"}}""")]
    public async Task Replay_UnusableConfiguration_Is400(string body)
    {
        var (_, admin, _) = await StartAsync();
        using var content = new StringContent(body);

        using var response = await admin.PostAsync("/affinity/replay", content, Cancel);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    private static async Task MixAsync(TestGateway gateway)
    {
        for (var i = 0; i < 12; i++)
        {
            var negotiated = await NegotiateAsync(gateway);
            await AskAsync(gateway, "POST", $"/chat?id={JsonDocument.Parse(negotiated.Body).RootElement.GetProperty("connectionToken").GetString()}");
            await AskAsync(gateway, "GET", "/page", "Cookie: " + negotiated.Field("Set-Cookie")!.Split(';')[0]);
        }
    }

    private static string Describe(JsonElement decision) => string.Join(
        ' ', Shown.Select(name => decision.GetProperty(name).ToString()));

    private static int Count(JsonElement result, string name) => result.GetProperty(name).GetInt32();

    private static string Configuration(IEnumerable<ScriptedNode> nodes, string router) => JsonSerializer.Serialize(new
    {
        Gateway = new
        {
            Nodes = nodes.ToDictionary(node => node.Name, node => node.Url.GetLeftPart(UriPartial.Authority)),
            Router = router,
            Diagnostics = new { TraceSize = 10.ToString(CultureInfo.InvariantCulture) },
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

    private async Task<(TestGateway Gateway, HttpClient Admin, ScriptedNode[] Nodes)> StartAsync(params string[] options)
    {
        ScriptedNode[] nodes = [StartNode("a"), StartNode("b")];
        var gateway = await StartGatewayAsync(nodes, options);
        return (gateway, OpenAdmin(gateway), nodes);
    }

    private ScriptedNode StartNode(string name) => StartScripted(name, exchange =>
        exchange.Request.Head.Contains("/negotiate", StringComparison.Ordinal)
            ? exchange.AnswerNegotiateAsync(Guid.NewGuid().ToString("N"))
            : exchange.AnswerNameAsync());
}
