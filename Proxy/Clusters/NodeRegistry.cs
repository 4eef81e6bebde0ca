using System.Collections.Concurrent;
using Proxy.Affinity;
using Proxy.Configuration;
using Proxy.Connections;
using Proxy.Nodes;
using Proxy.Nodes.Tls;
using Proxy.Routers;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Model;

namespace Proxy.Clusters;

/// <summary>All clusters that take part, and their current snapshots.</summary>
internal sealed class NodeRegistry(
    LiveConfiguration live, NegotiateRouters routers, ConnectionTable connections, NodeTlsSet tls, TimeProvider time, ILogger<NodeRegistry> logger)
{
    private readonly ConcurrentDictionary<string, ClusterNodes> _clusters = new(StringComparer.OrdinalIgnoreCase);

    public IEnumerable<ClusterNodes> Clusters => _clusters.Select(pair => pair.Value);

    public ClusterNodes? Find(string clusterId) => _clusters.GetValueOrDefault(clusterId);

    /// <summary>The snapshot of a cluster; a cluster is known from the moment that YARP routes to it.</summary>
    public ClusterSnapshot? Snapshot(string clusterId) => _clusters.TryGetValue(clusterId, out var cluster) ? cluster.Snapshot : null;

    /// <summary>A node by name, over all clusters.</summary>
    public GatewayNode? FindNode(string name) =>
        Clusters.SelectMany(cluster => cluster.Snapshot?.Nodes ?? []).FirstOrDefault(
            node => string.Equals(node.Name, name, StringComparison.OrdinalIgnoreCase));

    public void Refresh(ClusterConfig config, IReadOnlyList<DestinationState> destinations) =>
        _clusters.GetOrAdd(config.ClusterId, id => new ClusterNodes(id, routers, connections, tls, time, logger))
            .Refresh(config, destinations, OptionsOf(config));

    /// <summary>After a change in one cluster.</summary>
    public void Refresh(string clusterId) => Find(clusterId)?.Refresh(OptionsOf);

    /// <summary>After a change of options, of life cycle or of health that YARP does not know of.</summary>
    public void RefreshAll()
    {
        foreach (var cluster in Clusters)
        {
            cluster.Refresh(OptionsOf);
        }
    }

    public void Forget(string clusterId) => _clusters.TryRemove(clusterId, out _);

    private GatewayOptions OptionsOf(ClusterConfig config) => ClusterOptions.Overlay(live.Current.Options, config.Metadata, routers, out _);
}
