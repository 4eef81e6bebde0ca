using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Proxy.Affinity;
using Proxy.Configuration;
using Proxy.Connections;
using Proxy.Nodes;
using Proxy.Requests;
using Proxy.Requests.Protocols;
using Proxy.Routers;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Model;

namespace Benchmarks;

/// <summary>One cluster of real objects with any number of nodes, all online, and any number of learned ids.</summary>
internal sealed class Cluster
{
    private const string Id = "gateway";

    private readonly GatewayOptions _options = new() { Hubs = ["/chat"] };

    public Cluster(int nodes, int entries = 0)
    {
        Connections = new ConnectionTable(new IdHasher("key"), TimeProvider.System, NullLogger<ConnectionTable>.Instance) { Capacity = entries + 1_000_000 };
        Decisions = new DecisionMaker(Connections, Hubs);
        Snapshot = new ClusterSnapshot(Id, _options, new WeightedRouter(), [.. Enumerable.Range(0, nodes).Select(CreateNode)], []);
        for (var i = 0; i < entries; i++)
        {
            Connections.Bind(Encoding.UTF8.GetBytes(LearnedId(i)), Node(i).State, SignalRProtocol.Instance, learned: true, client: null);
        }
    }

    public ConnectionTable Connections { get; }

    public HubPaths Hubs { get; } = new();

    public DecisionMaker Decisions { get; }

    public ClusterSnapshot Snapshot { get; }

    public GatewayNode Node(int number) => Snapshot.Nodes[number % Snapshot.Nodes.Count];

    /// <summary>As long as the ids that ASP.NET Core makes.</summary>
    public static string LearnedId(int number) => $"{number:D22}";

    /// <summary>An id as a client sends it whose negotiate was answered by a node.</summary>
    public string TaggedId(int node) => $"abcdefghijklmnopqrstuv{Tag.Prefix}{Snapshot.TagOf(Node(node))}";

    /// <summary>The Cookie header of a client that was bound to a node.</summary>
    public string Cookie(int node) => Snapshot.Cookies.Create(Node(node), isHttps: false, TimeProvider.System.GetUtcNow()).Split(';')[0];

    private static GatewayNode CreateNode(int number)
    {
        var name = $"node{number:D3}";
        var options = new NodeOptions { Address = $"http://{name}:5000" };
        var destination = new DestinationState(name, new DestinationModel(new DestinationConfig { Address = options.Address }));
        var state = new NodeState(Id, name, TimeProvider.System) { Address = options.Address };
        state.AffinityKeys.Add(name);
        return new GatewayNode(state, destination, options, NodeLifecycle.Open, online: true);
    }
}
