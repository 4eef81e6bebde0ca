using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Clusters;

/// <summary>Nodes that are added, renamed, changed and taken out by reloads, on a clock that the test moves.</summary>
public sealed class LifecycleTests : NodesTestBed
{
    /// <summary>How long a change of the configuration waits for more of it.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(300);

    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task NodeAdded_WaitsForItsProbesAndForTheLeastTime()
    {
        var a = await StartNodeAsync("a");
        var probes = 0;
        var b = await StartNodeAsync("b", (context, next) =>
        {
            Interlocked.Increment(ref probes);
            return next(context);
        });
        var settings = new LiveSettings(a);
        var gateway = await StartLiveGatewayAsync(settings, _time, "--Gateway:Health:Path=/health");

        settings.Replace(a, b);
        await AdvanceUntilStateAsync(gateway, "b", "staging", Quiet);

        // Ten seconds are the least, however good its probes are.
        var start = _time.GetTimestamp();
        await AdvanceUntilAsync(
            _time,
            TimeSpan.FromMilliseconds(200),
            async () =>
            {
                Assert.Equal("staging", await gateway.Admin.StateOfAsync("b"));
                Assert.Equal(["a"], (await CountAnswersAsync(gateway, 3)).Keys);
                return _time.GetElapsedTime(start) > TimeSpan.FromSeconds(9.5);
            },
            "nine seconds and a half have passed");
        await AdvanceUntilStateAsync(gateway, "b", "open", TimeSpan.FromMilliseconds(200));
        Assert.True(Volatile.Read(ref probes) >= 3, $"{probes} probes");

        Assert.Equal(["a", "b"], (await CountAnswersAsync(gateway, 40)).Keys.Order());
        Assert.Contains(gateway.Log.Entries, static entry => entry.Event.Name == "StagingStarted");
        Assert.Contains(gateway.Log.Entries, static entry => entry is { Event.Name: "StagingSucceeded", Level: LogLevel.Information });
    }

    [Fact]
    public async Task NodeAdded_ThatNeverAnswers_IsOpenedByTheTimeoutWithAnErrorAndStaysOut()
    {
        var a = await StartNodeAsync("a");
        var broken = await StartNodeAsync(
            "b", static (context, next) => context.Request.Path.StartsWithSegments("/health", StringComparison.Ordinal) ? Refuse(context) : next(context));
        var settings = new LiveSettings(a);
        var gateway = await StartLiveGatewayAsync(settings, _time, "--Gateway:Health:Path=/health", "--Gateway:Scale:ScaleTimeout=00:01:00");
        gateway.Log.Expect(static entry => entry.Event.Name == "StagingTimedOut");

        settings.Replace(a, broken);
        await AdvanceUntilStateAsync(gateway, "b", "staging", Quiet);
        await AdvanceUntilStateAsync(gateway, "b", "open", TimeSpan.FromSeconds(1));

        await OnlineIsAsync(gateway, "b", online: false);
        Assert.Equal(["a"], (await CountAnswersAsync(gateway, 20)).Keys);
        var error = Assert.Single(gateway.Log.Entries, static entry => entry.Event.Name == "StagingTimedOut");
        Assert.Equal(LogLevel.Error, error.Level);
        Assert.Contains("GET /health answered 503", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NodesReplaced_TheOldOnesServeUntilTheNewOnesDo()
    {
        var (a, b) = (await StartNodeAsync("a"), await StartNodeAsync("b"));
        var settings = new LiveSettings(a);
        var gateway = await StartLiveGatewayAsync(settings, _time, "--Gateway:Health:Path=/health");

        settings.Replace(b);
        await AdvanceUntilStateAsync(gateway, "b", "staging", Quiet);

        Assert.Equal("open", await gateway.Admin.StateOfAsync("a")); // adds before removals
        Assert.Equal(["a"], (await CountAnswersAsync(gateway, 10)).Keys);
        Assert.Contains(gateway.Log.Entries, static entry => entry.Event.Name == "WaitsToLeave");

        await AdvanceUntilStateAsync(gateway, "b", "open", TimeSpan.FromMilliseconds(500));
        Assert.Equal("draining", await gateway.Admin.StateOfAsync("a"));
        Assert.Equal(["b"], (await CountAnswersAsync(gateway, 10)).Keys);
    }

    [Fact]
    public async Task NodeTakenOut_GoesWithItsLastIdAndIsListedForAMinute()
    {
        var (a, b) = (await StartNodeAsync("a"), await StartNodeAsync("b"));
        var settings = new LiveSettings(a, b);
        var gateway = await StartLiveGatewayAsync(settings, _time, "--Gateway:Health:Probe=none");
        var client = await StartLightAsync(gateway);
        var gone = client.Node!;
        var (polled, _) = await FindOnAsync(gateway, gone);
        Assert.Equal(200, (await SendAsync(gateway, HttpMethod.Get, $"/hub?id={polled}")).Status);

        settings.Replace(gone == "a" ? b : a);
        await AdvanceUntilStateAsync(gateway, gone, "draining", Quiet);
        Assert.Equal("removal", (await gateway.Admin.NodeAsync(gone))!.Value.GetProperty("draining").GetProperty("origin").GetString());

        // Its clients notice nothing while they poll and talk, however long that is. Each poll is answered, since something was sent.
        for (var i = 0; i < 4; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(20));
            Assert.Equal("draining", await gateway.Admin.StateOfAsync(gone));
            Assert.Equal(200, (await SendAsync(gateway, HttpMethod.Post, $"/hub?id={polled}", body: i == 0 ? "{\"protocol\":\"json\",\"version\":1}\u001e" : "{\"type\":1,\"invocationId\":\"1\",\"target\":\"Echo\",\"arguments\":[\"x\"]}\u001e")).Status);
            Assert.Equal(200, (await SendAsync(gateway, HttpMethod.Get, $"/hub?id={polled}")).Status);
            Assert.Equal("x", await client.EchoAsync("x", Cancel));
        }

        Assert.Equal(202, (await SendAsync(gateway, HttpMethod.Delete, $"/hub?id={polled}")).Status);
        await client.DisposeAsync();
        await AdvanceUntilStateAsync(gateway, gone, "removed", TimeSpan.FromSeconds(1));

        var refused = await SendAsync(gateway, HttpMethod.Post, $"/hub?id={polled}");
        Assert.Equal((404, "owner-removed"), (refused.Status, refused.Outcome));
        _time.Advance(TimeSpan.FromSeconds(50));
        Assert.Equal("removed", await gateway.Admin.StateOfAsync(gone));
        _time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal("absent", await gateway.Admin.StateOfAsync(gone));
        Assert.Equal("owner-removed", (await SendAsync(gateway, HttpMethod.Post, $"/hub?id={polled}")).Outcome); // for an hour
    }

    [Fact]
    public async Task NodeTakenOut_AndBackWhileItDrains_OpensAgain()
    {
        var (a, b) = (await StartNodeAsync("a"), await StartNodeAsync("b"));
        var settings = new LiveSettings(a, b);
        var gateway = await StartLiveGatewayAsync(settings, _time, "--Gateway:Health:Probe=none");
        var clients = await StartLightAsync(gateway, 10);

        settings.Replace(a);
        await AdvanceUntilStateAsync(gateway, "b", "draining", Quiet);
        settings.Replace(a, b);
        await AdvanceUntilStateAsync(gateway, "b", "open", Quiet);

        Assert.Equal(["a", "b"], (await CountAnswersAsync(gateway, 40)).Keys.Order());
        Assert.All(clients, static client => Assert.Empty(client.Ends));
    }

    [Fact]
    public async Task OperatorsDrain_SurvivesReloads()
    {
        var (a, b, c) = (await StartNodeAsync("a"), await StartNodeAsync("b"), await StartNodeAsync("c"));
        var settings = new LiveSettings(a, b);
        var gateway = await StartLiveGatewayAsync(settings, _time, ["--Gateway:Health:Probe=none", .. QuickStaging]);
        await gateway.Admin.DrainAsync("b", new { mode = "wait", timeout = "01:00:00" });

        settings.Replace(a, b, c);
        await AdvanceUntilStateAsync(gateway, "c", "open", Quiet);
        Assert.Equal("draining", await gateway.Admin.StateOfAsync("b"));
        Assert.Equal(["a", "c"], (await CountAnswersAsync(gateway, 40)).Keys.Order());

        await gateway.Admin.ResumeAsync("b");
        Assert.Equal("open", await gateway.Admin.StateOfAsync("b"));
    }

    [Fact]
    public async Task NodeRenamed_KeepsItsConnectionsAndTheirTags()
    {
        var (a, b) = (await StartNodeAsync("a"), await StartNodeAsync("b"));
        var settings = new LiveSettings(a, b);
        var gateway = await StartLiveGatewayAsync(settings, _time, "--Gateway:Health:Probe=none");
        var clients = await StartLightAsync(gateway, 10);
        var onB = clients.Count(static client => client.Node == "b");
        var (polled, _) = await FindOnAsync(gateway, "b");
        Assert.Equal(200, (await SendAsync(gateway, HttpMethod.Get, $"/hub?id={polled}")).Status);

        settings.Replace((a.Name, a.Url), ("renamed", b.Url));
        await AdvanceUntilStateAsync(gateway, "renamed", "open", Quiet); // at once, without staging

        Assert.Equal("absent", await gateway.Admin.StateOfAsync("b"));
        Assert.Equal(onB, (await gateway.Admin.NodeAsync("renamed"))!.Value.GetProperty("connections").GetProperty("webSockets").GetInt32());
        Assert.Equal(200, (await SendAsync(gateway, HttpMethod.Post, $"/hub?id={polled}", body: "{\"protocol\":\"json\",\"version\":1}\u001e")).Status);
        await Task.WhenAll(clients.Select(static client => client.EchoAsync("x", Cancel)));
        Assert.All(clients, static client => Assert.Empty(client.Ends));
        AtNodes.AssertEachConnectionOnOneSite();
    }

    [Fact]
    public async Task TypeChanged_IsInstantAndDisturbsNobody()
    {
        var (a, b) = (await StartNodeAsync("a"), await StartNodeAsync("b"));
        var settings = new LiveSettings(a, b);
        var gateway = await StartLiveGatewayAsync(settings, _time, "--Gateway:Health:Probe=none");
        var clients = await StartLightAsync(gateway, 10);

        settings.Replace((a.Name, a.Url), ("b:secondary", b.Url));
        await AdvanceUntilAsync(
            _time, Quiet, async () => (await gateway.Admin.NodeAsync("b"))!.Value.GetProperty("endpointType").GetString() == "secondary", "b is secondary");

        Assert.Equal("open", await gateway.Admin.StateOfAsync("b"));
        Assert.Equal(["a"], (await CountAnswersAsync(gateway, 20)).Keys);
        Assert.All(clients, static client => Assert.Empty(client.Ends));

        settings.Replace(a, b);
        await AdvanceUntilAsync(
            _time, Quiet, async () => (await gateway.Admin.NodeAsync("b"))!.Value.GetProperty("endpointType").GetString() == "primary", "b is primary");
        Assert.Equal(["a", "b"], (await CountAnswersAsync(gateway, 40)).Keys.Order());
    }

    [Fact]
    public async Task SlowStart_NodeThatWasJustOpened_GetsLittleAtFirst()
    {
        var (a, b) = (await StartNodeAsync("a"), await StartNodeAsync("b"));
        var settings = new LiveSettings(a);
        var gateway = await StartLiveGatewayAsync(
            settings, _time, ["--Gateway:Health:Probe=none", "--Gateway:Scale:SlowStart=00:10:00", "--Gateway:Router=round-robin", .. QuickStaging]);

        settings.Replace(a, b);
        await AdvanceUntilStateAsync(gateway, "b", "open", Quiet);

        Assert.InRange((await CountAnswersAsync(gateway, 100)).GetValueOrDefault("b"), 0, 2); // one hundredth
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.InRange((await CountAnswersAsync(gateway, 90)).GetValueOrDefault("b"), 25, 35); // half a share beside a whole one
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.InRange((await CountAnswersAsync(gateway, 100)).GetValueOrDefault("b"), 48, 52);
    }

    private Task AdvanceUntilStateAsync(TestGateway gateway, string node, string state, TimeSpan step) =>
        AdvanceUntilAsync(_time, step, async () => await gateway.Admin.StateOfAsync(node) == state, $"{node} is {state}");

    private async Task<(string Token, string Node)> FindOnAsync(TestGateway gateway, string node)
    {
        while (true)
        {
            var answer = await NegotiateAsync(gateway);
            if (answer.Node == node)
            {
                return answer;
            }
        }
    }

    private static Task Refuse(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        return Task.CompletedTask;
    }
}
