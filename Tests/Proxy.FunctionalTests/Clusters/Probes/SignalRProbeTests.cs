using Microsoft.AspNetCore.Http;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Clusters.Probes;

/// <summary><c>Health:Probe=signalr</c> on real hubs, some of which are broken in one respect.</summary>
public sealed class SignalRProbeTests : NodesTestBed
{
    private static readonly string[] Probed =
        ["--Gateway:Health:Probe=signalr", "--Gateway:Health:Path=/hub", "--Gateway:Health:Interval=00:00:00.2", "--Gateway:Health:Timeout=00:00:05"];

    [Fact]
    public async Task Probe_HubThatWorks_TriesEveryTransportAndLeavesNothingBehind()
    {
        var node = await StartNodeAsync("a");
        var gateway = await StartGatewayAsync([node], Probed);

        await NodeIsAsync(gateway, "a", static node => node.GetProperty("health").GetProperty("active").GetString() == "healthy", "is healthy");

        var requests = AtNodes.Requests.Where(static request => request.Id.Length > 0).ToArray();
        Assert.Contains(requests, static request => request is { Method: "GET", Status: 101 });
        Assert.Contains(requests, static request => request is { Method: "POST", Status: 200 });
        Assert.Contains(requests, static request => request is { Method: "DELETE", Status: 202 });
        Assert.True(requests.DistinctBy(static request => request.Id).Count() >= 3, "One id for each transport:" + AtNodes);

        var state = node.State;
        await gateway.DisposeAsync(); // no more probes
        await Eventually.HoldsAsync(() => state.Report().ClientConnectionCount == 0);
    }

    [Theory]
    [InlineData("WebSockets")]
    [InlineData("ServerSentEvents")]
    [InlineData("LongPolling")]
    public async Task Probe_OneTransportIsBroken_KeepsTheNodeOutAndNamesIt(string broken)
    {
        var healthy = await StartNodeAsync("a");
        var half = await StartNodeAsync("b", (context, next) => TransportOf(context) == broken ? Refuse(context) : next(context));
        var gateway = await StartGatewayAsync([healthy, half], Probed);

        await OnlineIsAsync(gateway, "b", online: false);

        Assert.Equal(200, await StatusOfAsync(new Uri(half.Url, "/health"))); // all is well, it says
        var node = await gateway.Admin.NodeAsync("b");
        var verdict = node!.Value.GetProperty("health").GetProperty("lastError").GetString()!;
        Assert.StartsWith($"{broken}: ", verdict, StringComparison.Ordinal);
        Assert.Contains("502", verdict, StringComparison.Ordinal);
        Assert.DoesNotContain(';', verdict); // the others were tried and are fine
        Assert.Equal(["a"], (await CountAnswersAsync(gateway, 20)).Keys);
    }

    [Fact]
    public async Task Probe_WebSocketHangs_IsTheOneThatIsNamed()
    {
        var node = await StartNodeAsync("b", (context, next) => TransportOf(context) == "WebSockets" ? HangAsync(context) : next(context));
        var gateway = await StartGatewayAsync([await StartNodeAsync("a"), node], [.. Probed, "--Gateway:Health:Timeout=00:00:02"]);

        await OnlineIsAsync(gateway, "b", online: false);

        var verdict = (await gateway.Admin.NodeAsync("b"))!.Value.GetProperty("health").GetProperty("lastError").GetString()!;
        Assert.Contains("WebSockets: no answer in time", verdict, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/nothing", "negotiate: answered 404")]
    [InlineData("/health", "negotiate: answered 404")]
    public async Task Probe_NoHubThere_SaysSo(string path, string verdict)
    {
        var gateway = await StartGatewayAsync([await StartNodeAsync("a")], [.. Probed, $"--Gateway:Health:Path={path}"]);

        await OnlineIsAsync(gateway, "a", online: false);

        Assert.Equal(verdict, (await gateway.Admin.NodeAsync("a"))!.Value.GetProperty("health").GetProperty("lastError").GetString());
    }

    [Fact]
    public async Task Probe_NodeThatReportsItsLoad_IsCountedHere()
    {
        var gateway = await StartGatewayAsync([await StartNodeAsync("a", "--capacity", "7")], Probed);

        await NodeIsAsync(gateway, "a", static node => node.GetProperty("reported").ValueKind is System.Text.Json.JsonValueKind.Object, "has answered");

        // Only its boot id is read off the negotiate answer; reports come with HTTP health answers.
        var node = (await gateway.Admin.NodeAsync("a"))!.Value;
        Assert.NotNull(node.GetProperty("reported").GetProperty("bootId").GetString());
        Assert.Equal("counted", node.GetProperty("load").GetProperty("clientConnectionCountFrom").GetString());
        Assert.Equal("unknown", node.GetProperty("load").GetProperty("connectionCapacityFrom").GetString());
    }

    private static string TransportOf(HttpContext context)
    {
        if (!context.Request.Path.Equals("/hub", StringComparison.Ordinal) || context.Request.Method is not "GET")
        {
            return "";
        }

        return context.WebSockets.IsWebSocketRequest || context.Request.Headers.Upgrade.Count > 0 ? "WebSockets"
            : context.Request.Headers.Accept.ToString().Contains("event-stream", StringComparison.Ordinal) ? "ServerSentEvents" : "LongPolling";
    }

    private static Task Refuse(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status502BadGateway;
        return Task.CompletedTask;
    }

    private static Task HangAsync(HttpContext context) =>
        Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default);

    private static async Task<int> StatusOfAsync(Uri url)
    {
        using var client = new HttpClient();
        using var answer = await client.GetAsync(url, Cancel);
        return (int)answer.StatusCode;
    }
}
