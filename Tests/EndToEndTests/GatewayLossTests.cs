using EndToEndTests.Clients;
using HubNode;
using Tests.Common;
using Xunit;

namespace EndToEndTests;

/// <summary>The gateway itself is restarted or killed; what it knew is in the clients' ids.</summary>
public sealed class GatewayLossTests : EndToEndTestBed
{
    private TestNode[] _nodes = [];
    private GatewayProcess? _gateway;

    public override async ValueTask InitializeAsync()
    {
        _nodes = await Task.WhenAll(((string[])["a", "b", "c"]).Select(name => StartNodeAsync(name, "--poll-timeout", "2")));
        var addresses = TestGateway.NodeOptions(_nodes.Select(node => (node.Name, node.Url)));
        _gateway = await StartGatewayProcessAsync([.. addresses, "--Gateway:Scale:ShutdownTimeout=00:00:02"]);
    }

    [Fact]
    public Task GatewayRestarted_LongPollingConnections_GoOn() => LongPollingGoesOnAsync(async () =>
    {
        Assert.Equal(0, await _gateway!.TerminateAsync());
        await _gateway.StartAsync();
    });

    [Fact]
    public Task GatewayKilled_LongPollingConnections_GoOn() => LongPollingGoesOnAsync(async () =>
    {
        await _gateway!.KillAsync();
        await _gateway.StartAsync();
    });

    [Fact]
    public async Task GatewayKilled_ClientsOfTheLibrary_ReconnectToTheirNodes()
    {
        var clients = await Task.WhenAll(Enumerable.Range(0, 9).Select(async i =>
        {
            var client = await StartSignalRClientAsync(_gateway!.Url, new SignalROptions
            {
                Transport = SignalROptions.AllTransports[i % 3],
                Reconnect = [0, .. Enumerable.Repeat(250, 80)],
            });
            return (Client: client, Caller: await client.InvokeAsync<HubCaller>("WhoAmI"));
        }));

        await _gateway!.KillAsync();
        await _gateway.StartAsync();

        foreach (var (client, before) in clients)
        {
            await client.EventAsync("reconnected");
            Assert.Equal(before.Node, (await client.InvokeAsync<HubCaller>("WhoAmI")).Node); // by its cookie
        }

        AtNodes.AssertEachConnectionOnOneSite();
    }

    private async Task LongPollingGoesOnAsync(Func<Task> interrupt)
    {
        var clients = Enumerable.Range(0, 6).Select(_ => new RawLongPollingClient(() => Hub(_gateway!.Url))).ToList();
        try
        {
            await Task.WhenAll(clients.Select(client => client.StartAsync()));
            var before = await Task.WhenAll(clients.Select(client => client.InvokeAsync<HubCaller>("WhoAmI")));

            await interrupt();

            var after = await Task.WhenAll(clients.Select(client => client.InvokeAsync<HubCaller>("WhoAmI")));
            Assert.Equal(before, after);
            Assert.All(clients, client => Assert.Null(client.EndedBy));
            Assert.Contains(clients, client => client.Retries > 0);
            AtNodes.AssertEachConnectionOnOneSite();
        }
        finally
        {
            await Task.WhenAll(clients.Select(client => client.DisposeAsync().AsTask()));
        }
    }
}
