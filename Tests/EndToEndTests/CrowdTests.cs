using System.Net;
using System.Net.Sockets;
using EndToEndTests.Clients;
using HubNode;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Tests.Common;
using Xunit;

namespace EndToEndTests;

/// <summary>Many clients at once on three nodes.</summary>
public sealed class CrowdTests : EndToEndTestBed
{
    [Fact]
    public async Task SixtyClients_AllTransports_EachOnOneNodeWithoutAnyRefusal()
    {
        var gateway = await StartThreeNodesAsync();
        SignalROptions[] kinds =
        [
            .. SignalROptions.AllTransports.SelectMany(transport => (SignalROptions[])
            [
                new() { Transport = transport },
                new() { Transport = transport, Cookies = false },
                new() { Transport = transport, Cookies = false, Old = true },
            ]),
            new() { SkipNegotiation = true },
        ];
        HttpTransportType[] transports = [HttpTransportType.WebSockets, HttpTransportType.ServerSentEvents, HttpTransportType.LongPolling];

        var scriptsStart = Task.WhenAll(Enumerable.Range(0, 48).Select(i => StartSignalRClientAsync(gateway.Url, kinds[i % kinds.Length])));
        var connections = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => StartHubConnectionAsync(gateway.Url, transports[i % transports.Length])));
        var scripts = await scriptsStart;
        await Task.WhenAll(
        [
            .. scripts.Select(async client =>
            {
                var me = await client.InvokeAsync<HubCaller>("WhoAmI");
                Assert.Equal([0, 1, 2], await client.StreamAsync("Counter", 3, 50));
                for (var i = 0; i < 5; i++)
                {
                    Assert.Equal(me, await client.InvokeAsync<HubCaller>("WhoAmI"));
                }
            }),
            .. connections.Select(async connection =>
            {
                var me = await connection.InvokeAsync<HubCaller>("WhoAmI", Cancel);
                Assert.Equal(3, await connection.StreamAsync<int>("Counter", 3, 50, Cancel).CountAsync(Cancel));
                for (var i = 0; i < 5; i++)
                {
                    Assert.Equal(me, await connection.InvokeAsync<HubCaller>("WhoAmI", Cancel));
                }
            }),
        ]);

        Assert.All(scripts, client => Assert.DoesNotContain(client.Events, e => e.Name is "closed" or "reconnecting"));
        await Task.WhenAll([.. scripts.Select(client => client.StopAsync()), .. connections.Select(connection => connection.StopAsync(Cancel))]);
        Assert.Equal(60 - 4, AtNodes.Connections.Count); // those without negotiation have no id
        AtNodes.AssertEachConnectionOnOneSite();
        AtNodes.AssertNoAffinityErrors();
        AtGateway.AssertNoAffinityErrors();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ThirtyClientsBehindOneAddress_AreSpread(bool cookies)
    {
        var gateway = await StartThreeNodesAsync();

        var nodes = await Task.WhenAll(Enumerable.Range(0, 30).Select(async i =>
        {
            var client = await StartSignalRClientAsync(gateway.Url, new SignalROptions { Cookies = cookies, Transport = SignalROptions.AllTransports[i % 3] });
            return (await client.InvokeAsync<HubCaller>("WhoAmI")).Node;
        }));

        Assert.Equal(["a", "b", "c"], nodes.Distinct().Order());
        Assert.Single(AtGateway.Requests.Select(request => request.Client).Distinct());
    }

    [Theory]
    [InlineData(SignalROptions.ServerSentEvents)]
    [InlineData(SignalROptions.LongPolling)]
    public async Task ClientWhoseAddressChanges_KeepsItsConnection(string transport)
    {
        var gateway = await StartThreeNodesAsync("--Gateway:Router=hash:ip"); // the address counts for the first request only
        await using var network = new TcpForwarder(gateway.Url, TcpForwarder.EverChangingSource());
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            var client = await StartSignalRClientAsync(network.Url, new SignalROptions { Transport = transport, Cookies = false });
            var me = await client.InvokeAsync<HubCaller>("WhoAmI");
            Assert.Equal(me, await client.InvokeAsync<HubCaller>("WhoAmI"));
        }));

        Assert.Contains(AtGateway.Connections, connection => connection.DistinctBy(request => request.Client).Skip(1).Any());
        AtNodes.AssertEachConnectionOnOneSite();
        AtGateway.AssertNoAffinityErrors();
    }

    [Fact]
    public async Task ClientWithAnotherAddressAtEveryRequest_KeepsItsConnection()
    {
        var gateway = await StartThreeNodesAsync("--Gateway:Router=hash:ip");
        using var handler = new SocketsHttpHandler
        {
            UseCookies = false,
            PooledConnectionLifetime = TimeSpan.Zero,
            ConnectCallback = FromAnotherAddress(),
        };
        await using var client = new RawLongPollingClient(() => Hub(gateway.Url), handler);
        await client.StartAsync();

        var me = await client.InvokeAsync<HubCaller>("WhoAmI");
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(me, await client.InvokeAsync<HubCaller>("WhoAmI"));
        }

        var requests = Assert.Single(AtGateway.Connections).ToList();
        Assert.Equal(requests.Count, requests.DistinctBy(request => request.Client).Count());
        AtNodes.AssertEachConnectionOnOneSite();
    }

    private static Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>> FromAnotherAddress()
    {
        var source = TcpForwarder.EverChangingSource();
        return async (context, cancel) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                socket.Bind(new IPEndPoint(source(), 0));
                await socket.ConnectAsync(context.DnsEndPoint, cancel);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        };
    }

    private async Task<TestGateway> StartThreeNodesAsync(params string[] options)
    {
        var nodes = await Task.WhenAll(((string[])["a", "b", "c"]).Select(name => StartNodeAsync(name, "--poll-timeout", "2")));
        return await StartGatewayAsync(nodes, options);
    }
}
