using Microsoft.AspNetCore.Http.Connections;
using Tests.Common;
using Xunit;

namespace EndToEndTests.Backplane;

/// <summary>Two gateways that share nothing, three nodes whose backplane is a real Redis, and clients without cookies on each pair of them.</summary>
public abstract class BackplaneTestBed : EndToEndTestBed
{
    internal static readonly IReadOnlyList<string> NodeNames = ["a", "b", "c"];

    internal static readonly IReadOnlyList<HttpTransportType> Transports = [HttpTransportType.WebSockets, HttpTransportType.ServerSentEvents,
        HttpTransportType.LongPolling];

    private readonly List<GatewayProcess> _gateways = [];

    protected RedisProcess Redis { get; private set; } = null!;

    public override async ValueTask InitializeAsync()
    {
        Redis = Own(new RedisProcess());
        await Redis.StartAsync();
        var nodes = await Task.WhenAll(NodeNames.Select(name => StartNodeProcessAsync(name, "--poll-timeout", "2", $"--Redis:Configuration={Redis.Address}")));
        string[] options = [.. TestGateway.NodeOptions(nodes.Select(node => (node.Name, node.Url))), "--Gateway:Router=round-robin"];
        _gateways.AddRange(await Task.WhenAll(StartGatewayProcessAsync(options), StartGatewayProcessAsync(options)));
    }

    /// <summary>One client for each pair of gateway and node.</summary>
    internal async Task<BackplaneClient[]> StartClientsAsync(HttpTransportType transport)
    {
        var clients = await Task.WhenAll(_gateways.Select(async gateway =>
        {
            var clients = new List<BackplaneClient>();
            foreach (var _ in NodeNames) // one after the other, so that each gets the next node
            {
                clients.Add(await StartClientAsync(gateway.Url, transport));
            }

            var callers = await Task.WhenAll(clients.Select(client => client.WhoAmIAsync()));
            Assert.Equal(NodeNames, callers.Select(caller => caller.Node).Order(StringComparer.Ordinal));
            Assert.All(callers, caller => Assert.True(caller.Backplane));
            return clients;
        }));
        return [.. clients.SelectMany(ofGateway => ofGateway)];
    }

    internal async Task<BackplaneClient> StartClientAsync(Uri server, HttpTransportType transport) =>
        new(await StartHubConnectionAsync(server, transport), transport);

    /// <summary>Waits until each client has each message.</summary>
    internal static Task AssertHaveAsync(IEnumerable<BackplaneClient> clients, IReadOnlyCollection<string> messages) => Eventually.HoldsAsync(
        () => clients.All(client => messages.All(client.Has)),
        seen: () => string.Join(
            "; ", clients.Select((client, i) => $"{i} ({client.Transport}) lacks {string.Join(",", messages.Where(message => !client.Has(message)))}")),
        expectation: "every client has every message");
}
