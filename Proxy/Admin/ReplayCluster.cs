using Proxy.Affinity;
using Proxy.Configuration;
using Proxy.Nodes;
using Proxy.Routers;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Model;

namespace Proxy.Admin;

/// <summary>The snapshot that another configuration would give once its changes have settled: nodes that stay are as they are
/// now, new ones are open and online.</summary>
internal static class ReplayCluster
{
    public static ClusterSnapshot Create(GatewayOptions options, ClusterSnapshot current, NegotiateRouters routers, TimeProvider time)
    {
        var nodes = options.Nodes
            .OrderBy(node => node.Key, StringComparer.Ordinal)
            .Select(node => Create(node.Key, node.Value, current, time))
            .ToArray();
        var gone = current.Nodes.Where(node => !nodes.Any(kept => ReferenceEquals(kept.State, node.State)));
        var router = routers.Find(options.Router, options.RouterMiss) ?? new WeightedRouter();
        var removed = gone.SelectMany(node => node.State.AffinityKeys).SelectMany(key => ClusterSnapshot.TagsOf(options, current.ClusterId, key));
        return new ClusterSnapshot(current.ClusterId, options, router, nodes, removed);
    }

    private static GatewayNode Create(string name, NodeOptions options, ClusterSnapshot current, TimeProvider time)
    {
        // Address and type are a node's identity; its name may change.
        var known = current.Nodes.FirstOrDefault(node =>
            node.EndpointType == options.EndpointType && string.Equals(node.Address, options.Address, StringComparison.OrdinalIgnoreCase));
        var destination = new DestinationState(name, new DestinationModel(new DestinationConfig { Address = options.Address }));
        if (known is null)
        {
            var added = new NodeState(current.ClusterId, name, time) { Address = options.Address, EndpointType = options.EndpointType };
            added.AffinityKeys.Add(options.AffinityKey ?? name);
            return new GatewayNode(added, destination, options, options.Draining ? NodeLifecycle.Draining : NodeLifecycle.Open, online: !options.Draining);
        }

        return options.Draining
            ? new GatewayNode(known.State, destination, options, NodeLifecycle.Draining, online: false)
            : new GatewayNode(known.State, destination, options, known.Lifecycle, known.Online);
    }
}
