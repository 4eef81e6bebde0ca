using EndToEndTests.Clients;
using HubNode;
using Tests.Common;
using Xunit;

namespace EndToEndTests;

/// <summary>A client whose network is cut comes back: with a new connection, or with its old one where the protocol can.</summary>
public sealed class ReconnectTests : EndToEndTestBed
{
    private static readonly int[] Delays = [0, 100, 300, 1000, 1000, 1000];

    [Theory]
    [InlineData(SignalROptions.WebSockets)]
    [InlineData(SignalROptions.ServerSentEvents)]
    [InlineData(SignalROptions.LongPolling)]
    public async Task AutomaticReconnect_ConnectionCut_NewConnectionOnTheNodeOfTheCookie(string transport)
    {
        await using var network = new TcpForwarder(await StartThreeNodesAsync());
        var clients = await StartClientsAsync(network, new SignalROptions { Transport = transport, Reconnect = Delays });
        if (transport == SignalROptions.LongPolling)
        {
            // A client that is between two polls would not notice the cut.
            await Eventually.HoldsAsync(() => AtNodes.Connections.All(connection => connection.Any(request => request is { Method: "GET", Status: 0 })));
        }

        network.Cut();

        foreach (var (client, before) in clients)
        {
            await client.EventAsync("reconnected");
            var after = await client.InvokeAsync<HubCaller>("WhoAmI");
            Assert.NotEqual(before.ConnectionId, after.ConnectionId);
            Assert.Equal(before.Node, after.Node);
            Assert.Equal(before.Transport, after.Transport);
        }

        AtNodes.AssertEachConnectionOnOneSite();
    }

    [Fact]
    public async Task AutomaticReconnect_ClientWithoutCookies_IsServed()
    {
        await using var network = new TcpForwarder(await StartThreeNodesAsync());
        var clients = await StartClientsAsync(network, new SignalROptions { Cookies = false, Reconnect = Delays });

        network.Cut();

        foreach (var (client, _) in clients)
        {
            await client.EventAsync("reconnected");
            Assert.Equal("back", await client.InvokeAsync<string>("Echo", "back"));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task StatefulReconnect_WebSocketCut_SameConnection(bool cookies)
    {
        await using var network = new TcpForwarder(await StartThreeNodesAsync());
        var clients = await StartClientsAsync(network, new SignalROptions { Cookies = cookies, Stateful = true, Reconnect = Delays });

        network.Cut();

        foreach (var (client, before) in clients)
        {
            Assert.Equal(before, await client.InvokeAsync<HubCaller>("WhoAmI")); // sent now, or kept until the WebSocket is back
            Assert.DoesNotContain(client.Events, e => e.Name is "reconnecting" or "reconnected" or "closed");
        }

        Assert.All(AtNodes.Connections, connection => Assert.True(connection.Skip(1).Any(), "not dialled again: " + connection.First()));
        AtNodes.AssertEachConnectionOnOneSite();
        AtGateway.AssertNoAffinityErrors();
    }

    [Fact]
    public async Task NewNegotiate_WithTheCookie_ComesBackToItsNode()
    {
        var gateway = await StartThreeNodesAsync();
        foreach (var jar in (string[])["first", "second", "third"])
        {
            var first = await StartSignalRClientAsync(gateway, new SignalROptions { Jar = jar });
            var node = (await first.InvokeAsync<HubCaller>("WhoAmI")).Node;
            await first.StopAsync();

            foreach (var transport in SignalROptions.AllTransports)
            {
                var next = await StartSignalRClientAsync(gateway, new SignalROptions { Jar = jar, Transport = transport });
                Assert.Equal(node, (await next.InvokeAsync<HubCaller>("WhoAmI")).Node);
                await next.StopAsync();
            }
        }
    }

    [Fact]
    public async Task FiveConnections_StartTogetherWithOneEmptyJar_EachWorks()
    {
        var gateway = await StartThreeNodesAsync();
        string[] transports = [.. SignalROptions.AllTransports, SignalROptions.WebSockets, SignalROptions.LongPolling];
        var clients = await Task.WhenAll(
            transports.Select(transport => StartSignalRClientAsync(gateway, new SignalROptions { Jar = "one", Transport = transport })));

        await Task.WhenAll(clients.Select(async client =>
        {
            var me = await client.InvokeAsync<HubCaller>("WhoAmI");
            Assert.Equal("hello", await client.InvokeAsync<string>("Echo", "hello"));
            Assert.Equal(me, await client.InvokeAsync<HubCaller>("WhoAmI"));
        }));

        AtNodes.AssertEachConnectionOnOneSite();
        AtGateway.AssertNoAffinityErrors();
        AtNodes.AssertNoAffinityErrors();
    }

    private async Task<Uri> StartThreeNodesAsync()
    {
        var nodes = await Task.WhenAll(((string[])["a", "b", "c"]).Select(name => StartNodeAsync(name, "--poll-timeout", "2")));
        return (await StartGatewayAsync(nodes)).Url;
    }

    private async Task<IReadOnlyList<(ScriptClient Client, HubCaller Caller)>> StartClientsAsync(TcpForwarder network, SignalROptions options)
        => await Task.WhenAll(Enumerable.Range(0, 6).Select(async _ =>
        {
            var client = await StartSignalRClientAsync(network.Url, options);
            return (client, await client.InvokeAsync<HubCaller>("WhoAmI"));
        }));
}
