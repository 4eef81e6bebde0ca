using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using HubNode;
using Tests.Common;
using Xunit;

namespace EndToEndTests.Check;

/// <summary><c>Proxy check</c> against a real nginx in front of the gateway: what its configuration breaks is found, and nothing else.</summary>
public sealed class SelfTestTests : EndToEndTestBed
{
    private const string Token = "canary-token-2f6d";
    private static readonly string[] Transports = ["WebSockets", "Server-Sent Events", "long polling"];

    [Fact]
    public async Task Check_NothingInFront_IsGood()
    {
        var gateway = await StartTwoNodesAsync();

        var (exit, report, _) = await RunJsonAsync(Hub(gateway.Url), "--idle", "00:00:02");

        AssertGood(report);
        Assert.Equal(0, exit);
        Assert.All(Transports, transport => Assert.Equal(["works", "kept"], CodesOf(report, transport)));
    }

    [Fact]
    public async Task Check_NginxAsShipped_FindsUpgradeStrippedAndEventsBuffered()
    {
        var gateway = await StartTwoNodesAsync();
        var nginx = Own(await NginxProxy.StartAsync(gateway.Url));

        var (exit, report, _) = await RunJsonAsync(Hub(nginx.Url), "--idle", "0");

        Assert.Equal(1, exit);
        Assert.Equal("problems", report.GetProperty("verdict").GetString());
        Assert.Equal(["upgrade-stripped"], CodesOf(report, "WebSockets"));
        Assert.Equal(["events-buffered"], CodesOf(report, "Server-Sent Events"));
        Assert.Equal(["works"], CodesOf(report, "long polling"));
    }

    [Fact]
    public async Task Check_NginxAsShipped_SaysWhatToWriteInPlainText()
    {
        var gateway = await StartTwoNodesAsync();
        var nginx = Own(await NginxProxy.StartAsync(gateway.Url));

        var (exit, text) = await RunAsync("--url", Hub(nginx.Url).AbsoluteUri, "--idle", "0");

        Assert.Equal(1, exit);
        Assert.Contains("proxy_set_header Upgrade $http_upgrade;", text);
        Assert.Contains("proxy_buffering off;", text);
        Assert.Contains("Verdict: 2 problems.", text);
    }

    [Fact]
    public async Task Check_NginxAsRecommended_IsGood()
    {
        var gateway = await StartTwoNodesAsync();
        var nginx = Own(await NginxProxy.StartAsync(gateway.Url, NginxProxy.Recommended));

        var (exit, report, _) = await RunJsonAsync(Hub(nginx.Url), "--idle", "00:00:03");

        AssertGood(report);
        Assert.Equal(0, exit);
    }

    [Fact]
    public async Task Check_NginxCutsIdleConnections_SaysAfterHowLong()
    {
        var gateway = await StartTwoNodesAsync();
        var nginx = Own(await NginxProxy.StartAsync(
            gateway.Url, NginxProxy.Recommended.Replace("proxy_read_timeout 5m", "proxy_read_timeout 2s", StringComparison.Ordinal)));

        var (exit, report, _) = await RunJsonAsync(Hub(nginx.Url), "--idle", "00:00:20");

        Assert.Equal(1, exit);
        Assert.All(Transports, transport => Assert.Equal(["works", "idle-cut"], CodesOf(report, transport)));
        Assert.All(
            FindingsOf(report).Where(finding => finding.GetProperty("code").GetString() is "idle-cut"),
            finding => Assert.InRange(finding.GetProperty("seconds").GetDouble(), 1.5, 4));
    }

    [Fact]
    public async Task Check_HubWantsAToken_UsesItAndNeverPrintsIt()
    {
        var gateway = await StartTwoNodesAsync();
        var guarded = NginxProxy.Recommended + $"\nif ($http_authorization != \"Bearer {Token}\") {{ return 401; }}";
        var nginx = Own(await NginxProxy.StartAsync(gateway.Url, guarded));

        var (without, refused, _) = await RunJsonAsync(Hub(nginx.Url), "--idle", "0");
        var (with, report, text) = await RunJsonAsync(Hub(nginx.Url), "--idle", "0", "--access-token", Token);
        var (wrong, said) = await RunAsync("--url", Hub(nginx.Url).AbsoluteUri, "--acess-token=" + Token);

        Assert.Equal(1, without);
        Assert.Equal(["unauthorized"], CodesOf(refused, "negotiate"));
        AssertGood(report);
        Assert.Equal(0, with);
        Assert.Equal(1, wrong);
        Assert.DoesNotContain(Token, text + said);
    }

    [Fact]
    public async Task Check_PastTheGateway_SaysThatNothingIsTagged()
    {
        var node = await StartNodeAsync("a");

        var (exit, report, _) = await RunJsonAsync(Hub(node.Url), "--idle", "0");

        Assert.Equal(1, exit);
        Assert.Equal(["not-tagged"], CodesOf(report, "negotiate"));
    }

    [Fact]
    public async Task Check_NobodyThere_SaysSo()
    {
        var (exit, report, _) = await RunJsonAsync(new Uri("http://name.invalid/hub"));

        Assert.Equal(1, exit);
        Assert.Equal(["unreachable"], CodesOf(report, "negotiate"));
    }

    [Fact]
    public async Task AdminApi_Check_KnowsItsOwnTags()
    {
        var gateway = await StartTwoNodesAsync();
        var other = await StartGatewayAsync([await StartNodeAsync("c")]);
        using var http = new HttpClient { BaseAddress = gateway.Admin.Url };

        var own = await PostAsync(http, new { url = Hub(gateway.Url), idle = "0" });
        var foreign = await PostAsync(http, new { url = Hub(other.Url), idle = "0" });
        using var bad = await http.PostAsJsonAsync("/check", new { url = "ftp://public.example/hub" }, Cancel);

        AssertGood(own);
        Assert.Equal(["foreign-tag"], CodesOf(foreign, "negotiate"));
        Assert.Equal(HttpStatusCode.BadRequest, bad.StatusCode);
    }

    private static async Task<JsonElement> PostAsync(HttpClient http, object body)
    {
        using var answer = await http.PostAsJsonAsync("/check", body, Cancel);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel);
    }

    private static void AssertGood(JsonElement report)
    {
        Assert.All(FindingsOf(report), finding => Assert.Equal("good", finding.GetProperty("level").GetString()));
        Assert.Equal("good", report.GetProperty("verdict").GetString());
    }

    private static List<JsonElement> FindingsOf(JsonElement report) => [.. report.GetProperty("findings").EnumerateArray()];

    private static IEnumerable<string?> CodesOf(JsonElement report, string area) =>
        FindingsOf(report).Where(finding => finding.GetProperty("area").GetString() == area).Select(finding => finding.GetProperty("code").GetString());

    private static async Task<(int Exit, JsonElement Report, string Text)> RunJsonAsync(Uri hub, params string[] options)
    {
        var (exit, text) = await RunAsync(["--url", hub.AbsoluteUri, "--json", .. options]);
        return (exit, JsonElement.Parse(text), text);
    }

    private static async Task<(int Exit, string Text)> RunAsync(params string[] options)
    {
        await using var process = ChildProcess.StartDotnet("check", "Proxy", ["check", .. options]);
        var exit = await process.WaitForExitAsync(TimeSpan.FromSeconds(60));
        return (exit, string.Join('\n', process.Lines));
    }

    private async Task<TestGateway> StartTwoNodesAsync()
        => await StartGatewayAsync(await Task.WhenAll(StartNodeAsync("a"), StartNodeAsync("b")), $"--Gateway:Hubs:0={HubNodeApp.HubPath}");
}
