using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging.Abstractions;
using Proxy.Affinity;
using Proxy.Clusters;
using Proxy.Configuration;
using Proxy.Connections;
using Proxy.Nodes;
using Proxy.Nodes.Tls;
using Proxy.Requests;
using Proxy.Requests.Protocols;
using Proxy.Routers;
using Proxy.Tests.Configuration;
using Proxy.Tests.Routers;
using Tests.Common;
using Xunit;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Model;

namespace Proxy.Tests;

/// <summary>One cluster of real objects on a clock that stands still; configurations are taken over as YARP does it.</summary>
internal sealed class TestCluster
{
    public const string Id = "gateway";

    private readonly Dictionary<string, DestinationState> _destinations = new(StringComparer.OrdinalIgnoreCase);
    private readonly ClusterConfig _config = new() { ClusterId = Id };

    /// <param name="nodes">Names; a node <c>x</c> is at <c>http://x</c>. Empty: nothing is loaded yet.</param>
    public TestCluster(params string[] nodes)
        : this(static _ => { }, [.. nodes.Select(name => Node(name))])
    {
    }

    public TestCluster(Action<GatewayOptions> configure, params (string Name, NodeOptions Options)[] nodes)
        : this(configure, [], nodes)
    {
    }

    public TestCluster(Action<GatewayOptions> configure, INegotiateRouter[] routers, params (string Name, NodeOptions Options)[] nodes)
    {
        var live = LiveConfiguration(Time);
        Options = live.Current.Options;
        configure(Options);
        Connections = new ConnectionTable(new IdHasher("test"), Time, NullLogger<ConnectionTable>.Instance);
        Routers = TestRouters.Create(routers);
        Registry = new NodeRegistry(live, Routers, Connections, new NodeTlsSet(), Time, NullLogger<NodeRegistry>.Instance);
        Operations = new NodeOperations(Registry, Connections, new ConnectionMover(Connections), Time, NullLogger<NodeRegistry>.Instance);
        Decisions = new DecisionMaker(Connections, Hubs);
        if (nodes.Length > 0)
        {
            Load(nodes);
        }
    }

    public ManualTimeProvider Time { get; } = new();

    /// <summary>The gateway's options; a change counts from the next refresh on.</summary>
    public GatewayOptions Options { get; }

    public ConnectionTable Connections { get; }

    public HubPaths Hubs { get; } = new();

    public NegotiateRouters Routers { get; }

    public NodeRegistry Registry { get; }

    public NodeOperations Operations { get; }

    public DecisionMaker Decisions { get; }

    public ClusterNodes Nodes => Registry.Find(Id)!;

    public ClusterSnapshot Snapshot => Registry.Snapshot(Id)!;

    public GatewayNode this[string name] => Snapshot.Nodes.Single(node => node.Name == name);

    public static (string Name, NodeOptions Options) Node(string name, Action<NodeOptions>? configure = null)
    {
        var options = new NodeOptions { Address = $"http://{name}" };
        configure?.Invoke(options);
        return (name, options);
    }

    public static (string Name, NodeOptions Options) Secondary(string name) => Node(name, node => node.EndpointType = EndpointType.Secondary);

    public static NegotiateRouters NoRouters() => new([], []);

    public void Load(params string[] nodes) => Load([.. nodes.Select(name => Node(name))]);

    /// <summary>A configuration with these nodes: the filter adds those that drain, YARP keeps the states it knows and hands over the whole list.</summary>
    public void Load(params (string Name, NodeOptions Options)[] nodes)
    {
        var configured = nodes.ToDictionary(
            node => node.Name, node => new DestinationConfig { Address = node.Options.Address, Metadata = NodeMetadata.Write(node.Options) },
                StringComparer.OrdinalIgnoreCase);
        foreach (var (name, config) in Registry.Find(Id)?.Retained(configured) ?? [])
        {
            configured.Add(name, config);
        }

        foreach (var gone in _destinations.Keys.Except(configured.Keys, StringComparer.OrdinalIgnoreCase).ToArray())
        {
            _destinations.Remove(gone);
        }

        foreach (var (name, config) in configured)
        {
            if (!_destinations.TryGetValue(name, out var destination))
            {
                _destinations[name] = destination = new DestinationState(name);
            }

            SetModel(destination, new DestinationModel(config));
        }

        Registry.Refresh(_config, [.. _destinations.Values]);
    }

    public void Refresh() => Registry.Refresh(Id);

    public void SetHealth(string name, DestinationHealth active)
    {
        this[name].Destination.Health.Active = active;
        Refresh();
    }

    public Decision Decide(HttpContext context, IExplanationSink? explanation = null, params string[] tried) =>
        Decisions.Decide(context, RequestReader.Read(context), Snapshot, [.. tried.Select(name => this[name])], explanation);

    public string Tagged(string token, string node) => $"{token}{Tag.Prefix}{Snapshot.TagOf(this[node])}";

    /// <summary>Has a node hand out an id that carries no tag.</summary>
    public void Learn(string id, string node, ClientProtocol? protocol = null) =>
        Assert.Equal(BindResult.Bound, Connections.Bind(
            System.Text.Encoding.UTF8.GetBytes(id), this[node].State, protocol ?? SignalRProtocol.Instance, learned: true, client: null));

    /// <summary>The Cookie header of a client that was bound to a node.</summary>
    public string Cookie(string node) => Snapshot.Cookies.Create(this[node], isHttps: false, Time.GetUtcNow()).Split(';')[0];

    private static LiveConfiguration LiveConfiguration(TimeProvider time) =>
        new(Settings.WithNode(), TestRouters.Create(), time, NullLogger<LiveConfiguration>.Instance);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_Model")]
    private static extern void SetModel(DestinationState destination, DestinationModel model);
}
