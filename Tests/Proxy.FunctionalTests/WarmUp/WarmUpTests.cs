using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Proxy.WarmUp;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.WarmUp;

/// <summary>The requests that a gateway sends through itself after its start.</summary>
public sealed class WarmUpTests : FunctionalTestBed
{
    [Theory]
    [InlineData("--Gateway:Tunnel=auto")]
    [InlineData("--Gateway:Tunnel=stream")]
    [InlineData("--Gateway:Tunnel=yarp", "--Gateway:Affinity:Mode=Learn")]
    [InlineData("--Gateway:Affinity:Mode=None")]
    public async Task WarmUp_WhateverIsConfigured_GoesThroughToItsEnd(params string[] options)
    {
        var gateway = await StartWarmingAsync(rounds: 2, options);

        var done = await EndAsync(gateway);

        Assert.StartsWith("Warmed up: 2 rounds", done, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WarmUp_Afterwards_NothingOfItIsSeen()
    {
        var gateway = await StartWarmingAsync(rounds: 5);
        await EndAsync(gateway);
        var admin = OpenAdmin(gateway);

        var affinity = await admin.GetFromJsonAsync<JsonElement>("/affinity", Cancel);
        var connections = await admin.GetFromJsonAsync<JsonElement>("/affinity/connections", Cancel);
        var decisions = await admin.GetStringAsync("/affinity/decisions", Cancel);
        var metrics = await admin.GetStringAsync("/metrics", Cancel);

        Assert.Equal("a", Assert.Single(affinity.GetProperty("nodes").EnumerateArray()).GetProperty("name").GetString());
        Assert.All(affinity.GetProperty("outcomes").EnumerateObject(), static outcome => Assert.Equal(0, outcome.Value.GetInt64()));
        Assert.Equal(0, connections.GetProperty("total").GetInt32());
        Assert.DoesNotContain(WarmUpNode.HubPath, decisions, StringComparison.Ordinal);
        Assert.DoesNotContain("http_server_request_duration_seconds_count", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("gateway_affinity_lookups_total{", metrics, StringComparison.Ordinal);
        Assert.Empty(AtNodes.Requests);
        Assert.Empty(AtGateway.Requests);
        Assert.DoesNotContain(gateway.Log.Entries, static entry => entry.Message.Contains(WarmUpNode.HubPath, StringComparison.Ordinal));
    }

    [Fact]
    public async Task WarmUp_TimeIsUp_TheGatewayIsReady()
    {
        var time = new ManualTimeProvider();
        var gateway = await StartWarmingAsync(rounds: int.MaxValue, builder => builder.Services.AddSingleton<TimeProvider>(time));
        var admin = OpenAdmin(gateway);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await ReadyAsync(admin));

        await Eventually.HoldsAsync(async () =>
        {
            time.Advance(Eventually.Patience);
            return await ReadyAsync(admin) is HttpStatusCode.OK;
        });

        Assert.StartsWith("Warmed up", await EndAsync(gateway), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WarmUp_GatewayStopsMeanwhile_EndsWithItAndSaysNothing()
    {
        var gateway = await StartWarmingAsync(rounds: int.MaxValue);

        await gateway.StopAsync();

        Assert.DoesNotContain(gateway.Log.Entries, static entry => entry.Event.Name is "WarmUpFailed" or "WarmedUp");
    }

    [Fact]
    public async Task WarmUp_SwitchedOff_IsReadyAtOnce()
    {
        var gateway = await StartWarmingAsync(rounds: int.MaxValue, "--Gateway:WarmUp=false");

        Assert.Equal(HttpStatusCode.OK, await ReadyAsync(OpenAdmin(gateway)));
        Assert.DoesNotContain(gateway.Log.Entries, static entry => entry.Event.Name is "WarmedUp");
    }

    [Fact]
    public async Task Ready_WhileItWarmsUp_SaysSo_AndClientsAreServed()
    {
        var state = new WarmUpState { IsRunning = true };
        var node = StartScripted("a");
        var gateway = await StartGatewayAsync([(node.Name, node.Url)], builder => builder.Services.AddSingleton(state), "--Gateway:Health:Probe=none");
        var admin = OpenAdmin(gateway);

        using var unready = await admin.GetAsync(new Uri("/healthz/ready", UriKind.Relative), Cancel);
        using var live = await admin.GetAsync(new Uri("/healthz/live", UriKind.Relative), Cancel);
        var answer = await AskAsync(gateway, "GET", "/page");
        state.IsRunning = false;

        Assert.Equal(HttpStatusCode.OK, await ReadyAsync(admin));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, unready.StatusCode);
        Assert.Contains("\"warming up\"", await unready.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        Assert.Equal("a", answer.Body);
    }

    private Task<TestGateway> StartWarmingAsync(int rounds, params string[] options) => StartWarmingAsync(rounds, configure: null, options);

    private async Task<TestGateway> StartWarmingAsync(int rounds, Action<WebApplicationBuilder>? configure, params string[] options)
    {
        var node = await StartNodeAsync("a");
        return await StartGatewayAsync(
            [(node.Name, node.Url)],
            builder =>
            {
                configure?.Invoke(builder);
                builder.AddWarmUp(new(rounds, CpuTime: TimeSpan.FromDays(1), Eventually.Patience)); // other tests use this process's time as well
            },
            ["--Gateway:Health:Probe=none", "--Gateway:WarmUp=true", .. options]);
    }

    private static async Task<HttpStatusCode> ReadyAsync(HttpClient admin)
    {
        using var answer = await admin.GetAsync(new Uri("/healthz/ready", UriKind.Relative), Cancel);
        return answer.StatusCode;
    }

    /// <returns>What was said at the end.</returns>
    private static async Task<string> EndAsync(TestGateway gateway)
    {
        LogEntry? end = null;
        await Eventually.HoldsAsync(
            () => (end = gateway.Log.Entries.FirstOrDefault(static entry => entry.Event.Name is "WarmedUp" or "WarmUpFailed")) is not null);
        return end!.Message;
    }
}
