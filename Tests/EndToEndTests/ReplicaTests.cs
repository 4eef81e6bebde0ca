using EndToEndTests.Clients;
using HubNode;
using Tests.Common;
using Xunit;

namespace EndToEndTests;

/// <summary>Two gateways that share nothing, and clients whose requests alternate between them.</summary>
public sealed class ReplicaTests : EndToEndTestBed
{
    private TestGateway[] _gateways = [];

    public override async ValueTask InitializeAsync()
    {
        var nodes = await Task.WhenAll(((string[])["a", "b", "c"]).Select(name => StartNodeAsync(name, "--poll-timeout", "2")));
        _gateways = [await StartGatewayAsync(nodes), await StartGatewayAsync(nodes)];
    }

    [Theory]
    [InlineData(SignalROptions.WebSockets)]
    [InlineData(SignalROptions.ServerSentEvents)]
    [InlineData(SignalROptions.LongPolling)]
    public async Task Client_RequestsAlternateBetweenReplicas_StaysOnItsNode(string transport)
    {
        await Task.WhenAll(Enumerable.Range(0, 6).Select(async _ =>
        {
            var options = new SignalROptions { Transport = transport, Cookies = false, Origins = [.. _gateways.Select(gateway => gateway.Url)] };
            var client = await StartSignalRClientAsync(_gateways[0].Url, options);
            var me = await client.InvokeAsync<HubCaller>("WhoAmI");
            Assert.Equal([0, 1, 2], await client.StreamAsync("Counter", 3, 10));
            Assert.Equal(me, await client.InvokeAsync<HubCaller>("WhoAmI"));
        }));

        AtNodes.AssertEachConnectionOnOneSite();
        AtGateway.AssertNoAffinityErrors();
    }

    [Fact]
    public async Task LongPolling_EveryRequestToTheOtherReplica_StaysOnItsNode()
    {
        var turn = 0;
        await using var client = new RawLongPollingClient(() => Hub(_gateways[Interlocked.Increment(ref turn) % 2].Url));
        await client.StartAsync();

        var me = await client.InvokeAsync<HubCaller>("WhoAmI");
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(me, await client.InvokeAsync<HubCaller>("WhoAmI"));
        }

        AtNodes.AssertEachConnectionOnOneSite();
        AtGateway.AssertNoAffinityErrors();
    }

    [Fact]
    public async Task StatefulReconnect_ThroughTheOtherReplica_SameConnection()
    {
        var current = 0;
        await using var balancer = new TcpForwarder(() => _gateways[current].Url);
        var client = await StartSignalRClientAsync(balancer.Url, new SignalROptions { Cookies = false, Stateful = true });
        var me = await client.InvokeAsync<HubCaller>("WhoAmI");

        current = 1;
        balancer.Cut();

        Assert.Equal(me, await client.InvokeAsync<HubCaller>("WhoAmI"));
        AtNodes.AssertEachConnectionOnOneSite();
        AtGateway.AssertNoAffinityErrors();
    }
}
