using Yarp.ReverseProxy.Configuration;

namespace Proxy.Configuration;

/// <summary>Maps the short form onto YARP's model: one route for everything, one cluster, a destination per node.</summary>
internal static class GatewayRoutes
{
    /// <summary>Name of the route and of the cluster; tags are made of it, so it must not change.</summary>
    public const string Id = "gateway";

    /// <summary>Nothing when there are no nodes, because only YARP's own section is used.</summary>
    public static (IReadOnlyList<RouteConfig> Routes, IReadOnlyList<ClusterConfig> Clusters) Map(GatewayOptions options)
    {
        if (options.Nodes.Count == 0)
        {
            return ([], []);
        }

        var route = new RouteConfig
        {
            RouteId = Id,
            ClusterId = Id,
            Match = new RouteMatch { Path = "{**catch-all}" },
        };
        var cluster = new ClusterConfig
        {
            ClusterId = Id,
            SessionAffinity = new SessionAffinityConfig
            {
                Enabled = true,
                Policy = StickyCluster.PolicyName,
                FailurePolicy = StickyCluster.PolicyName,
                AffinityKeyName = options.Affinity.Cookie.NameFor(Id),
            },
            Destinations = options.Nodes.ToDictionary(
                n => n.Key,
                n => new DestinationConfig { Address = n.Value.Address, Metadata = NodeMetadata.Write(n.Value) },
                StringComparer.OrdinalIgnoreCase),
        };
        return ([route], [cluster]);
    }
}
