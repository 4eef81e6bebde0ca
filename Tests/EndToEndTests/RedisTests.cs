using EndToEndTests.Clients;
using HubNode;
using Tests.Common;
using Xunit;

namespace EndToEndTests;

/// <summary>Two gateways that share learned ids by Redis, and clients whose ids carry no tag.</summary>
public sealed class RedisTests : EndToEndTestBed
{
    [Theory]
    [InlineData(SignalROptions.WebSockets)]
    [InlineData(SignalROptions.ServerSentEvents)]
    [InlineData(SignalROptions.LongPolling)]
    public async Task OldSignalRClient_RequestsAlternateBetweenReplicas_StaysOnItsNode(string transport)
    {
        var nodes = await Task.WhenAll(((string[])["a", "b"]).Select(name => StartNodeAsync(name, "--poll-timeout", "2")));
        var gateways = await StartReplicasAsync(nodes.Select(node => (node.Name, node.Url)));

        await Task.WhenAll(Enumerable.Range(0, 6).Select(async _ =>
        {
            var options = new SignalROptions { Transport = transport, Cookies = false, Old = true, Origins = [.. gateways.Select(gateway => gateway.Url)] };
            var client = await StartSignalRClientAsync(gateways[0].Url, options);
            var me = await client.InvokeAsync<HubCaller>("WhoAmI");
            Assert.Equal([0, 1, 2], await client.StreamAsync("Counter", 3, 10));
            Assert.Equal(me, await client.InvokeAsync<HubCaller>("WhoAmI"));
        }));

        AtNodes.AssertEachConnectionOnOneSite();
        AtGateway.AssertNoAffinityErrors();
    }

    [Theory]
    [InlineData("polling")]
    [InlineData("polling,websocket")]
    public async Task SocketIOClient_ConnectionsAlternateBetweenReplicas_StaysOnItsNode(string transports)
    {
        var scripts = ((string[])["a", "b"]).Select(name => (Name: name, Script: StartScript("socketio-node.mjs", name))).ToArray();
        var nodes = await Task.WhenAll(scripts.Select(async node =>
        {
            var listening = await new ScriptClient(node.Script, node.Name).EventAsync("listening");
            return (node.Name, new Uri(listening.Data.GetProperty("url").GetString()!));
        }));
        var gateways = await StartReplicasAsync(nodes);
        var turn = 0;
        await using var balancer = new TcpForwarder(() => gateways[Interlocked.Increment(ref turn) % 2].Url);

        await Task.WhenAll(Enumerable.Range(0, 6).Select(async _ =>
        {
            var client = SocketIOClient();
            await client.StartAsync(balancer.Url, new { transports = transports.Split(','), cookies = false });
            var me = await client.InvokeAsync<SocketIOCaller>("whoami");
            foreach (var text in (string[])["one", "two", "three"])
            {
                Assert.Equal(text, await client.InvokeAsync<string>("echo", text));
            }

            Assert.Equal(me, await client.InvokeAsync<SocketIOCaller>("whoami"));
            Assert.DoesNotContain(client.Events, e => e.Name is "closed" or "reconnected");
            await client.StopAsync();
        }));

        AtGateway.AssertNoAffinityErrors();
        Assert.DoesNotContain(scripts.SelectMany(node => node.Script.Events), e => e.Name == "refused"); // a session that the node does not have
        foreach (var gateway in gateways)
        {
            Assert.True((await gateway.Admin.GetAsync("/affinity")).GetProperty("outcomes").GetProperty("store").GetInt64() > 0);
        }
    }

    private async Task<TestGateway[]> StartReplicasAsync(IEnumerable<(string Name, Uri Url)> nodes)
    {
        var redis = Own(new RedisProcess());
        await redis.StartAsync();
        var list = nodes.ToArray();
        return [await StartGatewayAsync(list, redis.GatewayOptions), await StartGatewayAsync(list, redis.GatewayOptions)];
    }
}
