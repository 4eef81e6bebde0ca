using EndToEndTests.Clients;
using HubNode;
using Tests.Common;
using Xunit;

namespace EndToEndTests;

/// <summary>A node is killed, restarted or frozen: its clients are back soon, the others notice nothing, new ones need not wait.</summary>
public sealed class NodeLossTests : EndToEndTestBed
{
    private static readonly TimeSpan BackWithin = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan NewWithin = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, HubNodeProcess> _nodes = new(StringComparer.Ordinal);
    private TestGateway? _gateway;

    public override async ValueTask InitializeAsync()
    {
        // Clients with time limits of their own would wait 30 s and more for a silent node; the gateway is quicker.
        var nodes = await Task.WhenAll(((string[])["a", "b", "c"]).Select(name => StartNodeProcessAsync(name, "--poll-timeout", "2")));
        foreach (var node in nodes)
        {
            _nodes[node.Name] = node;
        }

        _gateway = await StartGatewayAsync(nodes, "--Gateway:Router=round-robin"); // so that each has some
    }

    [Fact]
    public async Task NodeKilled_ItsClientsReconnectAndOthersStay()
    {
        var clients = await StartClientsAsync();

        await _nodes["b"].KillAsync();

        await Task.WhenAll(StartNewcomersAsync(["a", "c"]), AssertOnlyClientsOfAsync("b", clients, nodesAfterwards: ["a", "c"]));
    }

    [Fact]
    public async Task NodeRestartedAtOnce_ItsClientsReconnectAndOthersStay()
    {
        var clients = await StartClientsAsync();

        await _nodes["b"].KillAsync();
        await _nodes["b"].StartAsync();

        await Task.WhenAll(StartNewcomersAsync(["a", "b", "c"]), AssertOnlyClientsOfAsync("b", clients, nodesAfterwards: ["a", "b", "c"]));
    }

    [Theory]
    [InlineData(SignalROptions.WebSockets)]
    [InlineData(SignalROptions.ServerSentEvents)]
    [InlineData(SignalROptions.LongPolling)] // the client has no time limit of its own for a poll but 100 s
    public async Task NodeFrozen_ItsClientsReconnectAndOthersStay(string transport)
    {
        var clients = await StartClientsAsync(transport);

        _nodes["b"].Freeze();

        await Task.WhenAll(StartNewcomersAsync(["a", "c"]), AssertOnlyClientsOfAsync("b", clients, nodesAfterwards: ["a", "c"]));
    }

    [Fact]
    public async Task NodeStoppedGracefully_ItsClientsReconnectAndOthersStay()
    {
        var clients = await StartClientsAsync();

        var exit = _nodes["b"].TerminateAsync();

        await AssertOnlyClientsOfAsync("b", clients, nodesAfterwards: ["a", "c"]); // no newcomer yet: one may meet the node in its last moment
        Assert.Equal(0, await exit);
        await StartNewcomersAsync(["a", "c"], count: 6);
    }

    private static async Task AssertOnlyClientsOfAsync(string lost, IReadOnlyList<(ScriptClient Client, HubCaller Caller)> clients, string[] nodesAfterwards)
    {
        var since = new Deadline(BackWithin);
        await Task.WhenAll(clients.Where(client => client.Caller.Node == lost).Select(async client =>
        {
            // Again and again: a client may have come back to the lost node in its last moment.
            await Eventually.PassesAsync(
                async () =>
                {
                    var now = await client.Client.InvokeAsync<HubCaller>("WhoAmI");
                    Assert.Contains(now.Node, nodesAfterwards);
                    Assert.NotEqual(client.Caller.ConnectionId, now.ConnectionId);
                },
                BackWithin);
        }));
        Assert.False(since.HasPassed, $"The last client was back after {since.Elapsed.TotalSeconds:0.0} s.");

        foreach (var (client, caller) in clients.Where(client => client.Caller.Node != lost))
        {
            Assert.Equal(caller, await client.InvokeAsync<HubCaller>("WhoAmI"));
            Assert.DoesNotContain(client.Events, e => e.Name is "reconnecting" or "closed");
        }
    }

    /// <summary>New clients, one after the other, until the node's absence is no news.</summary>
    private async Task StartNewcomersAsync(string[] nodes, int count = 30)
    {
        for (var i = 0; i < count; i++)
        {
            var client = SignalRClient();
            var options = new SignalROptions { Cookies = false, Transport = SignalROptions.AllTransports[i % 3], SkipNegotiation = i % 6 == 0 };
            await client.StartAsync(Hub(_gateway!.Url), options, NewWithin);
            Assert.Contains((await client.InvokeAsync<HubCaller>("WhoAmI")).Node, nodes);
        }
    }

    /// <summary>Clients on every node, of every transport or of one.</summary>
    private async Task<IReadOnlyList<(ScriptClient Client, HubCaller Caller)>> StartClientsAsync(string? transport = null)
    {
        var clients = await Task.WhenAll(Enumerable.Range(0, 18).Select(async i =>
        {
            var client = await StartSignalRClientAsync(_gateway!.Url, new SignalROptions
            {
                Transport = transport ?? SignalROptions.AllTransports[i % 3],
                Cookies = i % 2 == 0,
                Reconnect = [0, 200, 500, 1000, 1000, 1000, 1000, 1000, 1000],
            });
            return (Client: client, Caller: await client.InvokeAsync<HubCaller>("WhoAmI"));
        }));
        Assert.Equal(["a", "b", "c"], clients.Select(client => client.Caller.Node).Distinct().Order());
        return clients;
    }
}
