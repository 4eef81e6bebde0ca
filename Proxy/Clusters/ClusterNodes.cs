using Proxy.Affinity;
using Proxy.Configuration;
using Proxy.Connections;
using Proxy.Nodes;
using Proxy.Nodes.Tls;
using Proxy.Routers;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Model;

namespace Proxy.Clusters;

/// <summary>The nodes of one cluster through all reloads: which are new, renamed or gone, and the snapshot that requests read.</summary>
/// <remarks>Everything is written under its lock; <see cref="Snapshot"/> is read without it.</remarks>
internal sealed class ClusterNodes(string clusterId, NegotiateRouters routers, ConnectionTable connections, NodeTlsSet tls, TimeProvider time, ILogger logger)
{
    /// <summary>How long tags of a node that left are refused as <c>owner-removed</c> instead of <c>bad-tag</c>.</summary>
    private static readonly TimeSpan RemovedTagMemory = TimeSpan.FromHours(1);

    /// <summary>How long a node that left is still listed.</summary>
    private static readonly TimeSpan RemovedListing = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly NodeLifecycles _lifecycles = new(clusterId, time, logger);
    private readonly Dictionary<string, NodeState> _states = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<RemovedNode> _removed = [];
    private volatile ClusterSnapshot? _snapshot;
    private (ClusterConfig Config, IReadOnlyList<DestinationState> Destinations)? _last;

    public string ClusterId => clusterId;

    public ClusterSnapshot? Snapshot => _snapshot;

    /// <summary>Paces what <see cref="Rebalancer"/> moves.</summary>
    public Pacer Moves { get; } = new(time);

    /// <summary>The cluster's client; set once YARP has it.</summary>
    public HttpMessageInvoker? Client { get; set; }

    /// <summary>Nodes that left less than a minute ago.</summary>
    public IReadOnlyList<RemovedNode> RecentlyRemoved
    {
        get
        {
            lock (_gate)
            {
                return [.. _removed.Where(node => time.GetElapsedTime(node.At) < RemovedListing && !_states.ContainsKey(node.Name))];
            }
        }
    }

    /// <summary>Destinations that a new configuration left out but that still have connections, to be kept in the cluster while they drain.</summary>
    public IReadOnlyList<KeyValuePair<string, DestinationConfig>> Retained(IReadOnlyDictionary<string, DestinationConfig> configured)
    {
        lock (_gate)
        {
            if (_snapshot is null)
            {
                return [];
            }

            return
            [
                .. _snapshot.Nodes
                    .Where(
                        node => !configured.ContainsKey(node.Name) && node.State.Lifecycle is not NodeLifecycle.Removed && !IsRenamed(node, configured.Values))
                    .Select(node => KeyValuePair.Create(node.Name, DestinationMetadata.MarkRemoved(node.Destination.Model.Config))),
            ];
        }
    }

    /// <summary>Takes over YARP's view of the cluster and builds the next snapshot.</summary>
    public void Refresh(ClusterConfig config, IReadOnlyList<DestinationState> destinations, GatewayOptions options)
    {
        lock (_gate)
        {
            var isFirst = _last is null;
            _last = (config, destinations);
            var names = destinations.Select(destination => destination.DestinationId).ToHashSet(StringComparer.OrdinalIgnoreCase);
            var configured = new List<(DestinationState Destination, NodeOptions Options, NodeState State)>(destinations.Count);
            foreach (var destination in destinations)
            {
                var nodeOptions = DestinationMetadata.ReadOptions(destination.Model.Config);
                configured.Add((destination, nodeOptions, Adopt(destination, nodeOptions, names, isFirst, options)));
            }

            foreach (var (name, state) in _states.Where(pair => !names.Contains(pair.Key)).ToArray())
            {
                _states.Remove(name);
                Retire(state, options);
            }

            // Adds come before removals: a node that leaves goes on taking connections until those that were added do.
            var mayLeave = !configured.Exists(
                node => node.State.Lifecycle is NodeLifecycle.Staging && !DestinationMetadata.IsRemoved(node.Destination.Model.Config));
            foreach (var (destination, nodeOptions, state) in configured)
            {
                _lifecycles.Follow(state, DestinationMetadata.IsRemoved(destination.Model.Config), mayLeave, nodeOptions.Draining, options.Scale);
            }

            var nodes = new List<GatewayNode>(configured.Count);
            var passiveCounts = configured.Exists(node => IsOnline(node.Destination, node.State, withPassive: true));
            foreach (var (destination, nodeOptions, state) in configured.OrderBy(node => node.Destination.DestinationId, StringComparer.Ordinal))
            {
                nodes.Add(new GatewayNode(state, destination, nodeOptions, state.Lifecycle, IsOnline(destination, state, passiveCounts))
                {
                    Tls = TlsRules.IsHttps(state.Address) ? tls.Get(DestinationMetadata.ReadTls(config, nodeOptions, options)) : null,
                });
            }

            var router = routers.Find(options.Router, options.RouterMiss) ?? new WeightedRouter();
            _removed.RemoveAll(node => time.GetElapsedTime(node.At) >= RemovedTagMemory);
            _snapshot = new ClusterSnapshot(clusterId, options, router, [.. nodes], _removed.SelectMany(node => node.Tags));
        }
    }

    /// <summary>Builds the snapshot again from the destinations that YARP gave last; for changes of options and life cycle.</summary>
    public void Refresh(Func<ClusterConfig, GatewayOptions> optionsOf)
    {
        lock (_gate) // or a configuration that comes meanwhile would be undone
        {
            if (_last is { } known)
            {
                Refresh(known.Config, known.Destinations, optionsOf(known.Config));
            }
        }
    }

    private NodeState Adopt(DestinationState destination, NodeOptions options, HashSet<string> names, bool isFirst, GatewayOptions gateway)
    {
        var config = destination.Model.Config;
        if (_states.TryGetValue(destination.DestinationId, out var state) && !string.Equals(state.Address, config.Address, StringComparison.OrdinalIgnoreCase))
        {
            // Another process under an old name: nothing that the old one knew counts any more.
            NodeLog.Readdressed(logger, clusterId, state.Name, state.Address, config.Address);
            connections.Forget(state);
            destination.Health.Active = DestinationHealth.Unknown;
            destination.Health.Passive = DestinationHealth.Unknown;
            state = null;
        }

        if (state is null && FindRenamed(config, options, names) is { } renamed)
        {
            _states.Remove(renamed.Name);
            destination.Health.Active = renamed.LastActiveHealth;
            destination.Health.Passive = renamed.LastPassiveHealth;
            NodeLog.Renamed(logger, clusterId, renamed.Name, destination.DestinationId);
            renamed.Name = destination.DestinationId;
            state = renamed;
        }

        if (state is null)
        {
            state = new NodeState(clusterId, destination.DestinationId, time);
            _lifecycles.Enter(state, isFirst, gateway.Scale);
        }

        _states[destination.DestinationId] = state;
        state.Address = config.Address;
        state.EndpointType = options.EndpointType;
        state.ReportLifetime = 3 * gateway.Health.Interval;
        state.AffinityKeys.Add(options.AffinityKey ?? destination.DestinationId);
        state.LastActiveHealth = destination.Health.Active;
        state.LastPassiveHealth = destination.Health.Passive;
        return state;
    }

    /// <summary>Takes a node out of the choice; the caller refreshes.</summary>
    /// <remarks>A node that has left the configuration gets the new terms and leaves all the same.</remarks>
    public void StartDrain(NodeState state, DrainOrigin origin, DrainMode mode, TimeSpan timeout, int rate)
    {
        lock (_gate)
        {
            _lifecycles.StartDrain(state, origin, mode, timeout, rate);
        }
    }

    /// <summary>Lets a node take new connections again; the caller refreshes.</summary>
    public void EndDrain(NodeState state)
    {
        lock (_gate)
        {
            _lifecycles.EndDrain(state);
        }
    }

    /// <summary>Opens a staged node, if it is still staged; the caller refreshes.</summary>
    public void Open(NodeState state, TimeSpan slowStart)
    {
        lock (_gate)
        {
            _lifecycles.Open(state, slowStart);
        }
    }

    /// <summary>Lets a drained node go: the next configuration of YARP does not keep it any more.</summary>
    public void Release(NodeState state)
    {
        lock (_gate)
        {
            state.Lifecycle = NodeLifecycle.Removed;
        }
    }

    private void Retire(NodeState state, GatewayOptions options)
    {
        state.Lifecycle = NodeLifecycle.Removed;
        connections.Forget(state);
        var tags = state.AffinityKeys.SelectMany(key => ClusterSnapshot.TagsOf(options, clusterId, key));
        _removed.Add(new RemovedNode(state.Name, state.Address, state.EndpointType, time.GetTimestamp(), [.. tags]));
        NodeLog.Removed(logger, clusterId, state.Name);
    }

    private NodeState? FindRenamed(DestinationConfig config, NodeOptions options, HashSet<string> names) =>
        _states.Values.FirstOrDefault(state => !names.Contains(state.Name)
            && state.EndpointType == options.EndpointType
            && string.Equals(state.Address, config.Address, StringComparison.OrdinalIgnoreCase));

    private static bool IsRenamed(GatewayNode node, IEnumerable<DestinationConfig> configured) =>
        configured.Any(config => string.Equals(config.Address, node.Address, StringComparison.OrdinalIgnoreCase)
            && DestinationMetadata.ReadOptions(config).EndpointType == node.EndpointType);

    private static bool IsOnline(DestinationState destination, NodeState state, bool withPassive) =>
        state.Lifecycle is NodeLifecycle.Open
        && destination.Health.Active is not DestinationHealth.Unhealthy
        && !(withPassive && destination.Health.Passive is DestinationHealth.Unhealthy);
}
