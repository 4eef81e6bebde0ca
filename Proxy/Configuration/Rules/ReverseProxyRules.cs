using Yarp.ReverseProxy.Configuration;

namespace Proxy.Configuration;

/// <summary>YARP's own section, checked as far as a reading must not be accepted that YARP then refuses, or that leads nowhere.</summary>
internal static class ReverseProxyRules
{
    /// <summary>The section's name, as in YARP's documentation.</summary>
    public const string SectionName = "ReverseProxy";

    private const string Unreachable = "its requests would get 503";

    private static readonly IReadOnlyDictionary<string, DestinationConfig> NoDestinations = new Dictionary<string, DestinationConfig>();

    public static bool HasClusters(IConfiguration configuration) => configuration.GetSection($"{SectionName}:Clusters").GetChildren().Any();

    public static void Check(IConfiguration configuration, GatewayOptions options, IRouterNames routers, Problems problems)
    {
        var section = configuration.GetSection(SectionName);
        var yarp = problems.Called(static path => $"{SectionName}:{path}");
        foreach (var key in section.GetChildren().Select(c => c.Key).Where(k => !IsAny(k, "Clusters", "Routes")))
        {
            yarp.Error(key, "is not a known key and would have no effect; known here are Clusters, Routes");
        }

        var (routes, clusters) = YarpReading.Read(section, yarp);
        foreach (var route in routes)
        {
            CheckRoute(route, clusters, options, yarp);
        }

        foreach (var cluster in clusters)
        {
            CheckCluster(cluster, options, routers, yarp);
        }

        CheckCookieNames(routes, clusters, options, routers, yarp);
        CheckForeign(clusters, options, problems);

        if (clusters.Count > 0 && !section.GetSection("Routes").GetChildren().Any())
        {
            yarp.Error("Routes", "is not given although there are clusters; no request would reach them");
        }
    }

    private static void CheckRoute(RouteConfig route, IReadOnlyList<ClusterConfig> clusters, GatewayOptions options, Problems problems)
    {
        var path = $"Routes:{route.RouteId}";
        if (options.Nodes.Count > 0 && IsAny(route.RouteId, GatewayRoutes.Id))
        {
            problems.Error(
                path, $"has the name of the route that {GatewayOptions.SectionName}:{nameof(options.Nodes)} makes; rename it, or one of the two would be lost");
        }

        if (route.ClusterId is { } id && !clusters.Any(c => IsAny(c.ClusterId, id)) && !(options.Nodes.Count > 0 && IsAny(id, GatewayRoutes.Id)))
        {
            problems.Error($"{path}:ClusterId",
                $"is {Quoted.Value(id)}, which is not among the clusters ({string.Join(", ", clusters.Select(c => c.ClusterId))}); {Unreachable}");
        }
    }

    private static void CheckCluster(ClusterConfig cluster, GatewayOptions options, IRouterNames routers, Problems problems)
    {
        var path = $"Clusters:{cluster.ClusterId}";
        if (options.Nodes.Count > 0 && IsAny(cluster.ClusterId, GatewayRoutes.Id))
        {
            problems.Error(path,
                $"has the name of the cluster that {GatewayOptions.SectionName}:{nameof(options.Nodes)} makes; rename it, or one of the two would be lost");
        }

        var destinations = cluster.Destinations ?? NoDestinations;
        foreach (var (name, destination) in destinations)
        {
            var address = $"{path}:Destinations:{name}:Address";
            if (string.IsNullOrWhiteSpace(destination.Address))
            {
                problems.Error(address, "is not given; the destination would be unreachable");
            }
            else if (StickyCluster.IsChosen(cluster))
            {
                NodeAddress.Check(address, destination.Address, "the destination would be unreachable", problems);
            }
        }

        if (StickyCluster.IsChosen(cluster))
        {
            CheckSignalR(cluster, destinations, options, routers, problems);
        }
    }

    private static void CheckCookieNames(
        IReadOnlyList<RouteConfig> routes, IReadOnlyList<ClusterConfig> clusters, GatewayOptions options, IRouterNames routers, Problems problems)
    {
        var chosen = clusters.Where(StickyCluster.IsChosen)
            .Select(cluster => (cluster.ClusterId, Options: ClusterOptions.Overlay(options, cluster.Metadata, routers, out _)));
        CookieNameRule.Check(options.Nodes.Count > 0 ? chosen.Prepend((GatewayRoutes.Id, options)) : chosen, routes, problems);
    }

    private static void CheckForeign(IReadOnlyList<ClusterConfig> clusters, GatewayOptions options, Problems problems)
    {
        const string key = nameof(NodeOptions.ForeignKey);
        var own = options.Nodes.Select(static node => new ForeignRules.NamedNode(
            GatewayRoutes.Id, node.Key, node.Value, $"{GatewayOptions.SectionName}:{nameof(options.Nodes)}:{node.Key}:{key}"));
        var others = clusters.Where(StickyCluster.IsChosen).SelectMany(
            static cluster => cluster.Destinations ?? NoDestinations,
            static (cluster, destination) => new ForeignRules.NamedNode(
                cluster.ClusterId, destination.Key, NodeMetadata.Read(destination.Value, out _),
                $"{SectionName}:Clusters:{cluster.ClusterId}:Destinations:{destination.Key}:Metadata:{key}"));
        ForeignRules.CheckNodes(options.Affinity.Foreign, [.. own, .. others], problems.Called(static path => path));
    }

    private static void CheckSignalR(
        ClusterConfig cluster, IReadOnlyDictionary<string, DestinationConfig> destinations, GatewayOptions options, IRouterNames routers, Problems problems)
    {
        var path = $"Clusters:{cluster.ClusterId}";
        var own = ClusterOptions.Overlay(options, cluster.Metadata, routers, problems.Called(name => $"{SectionName}:{path}:Metadata:{name}"));
        var nodes = new Dictionary<string, NodeOptions>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, destination) in destinations)
        {
            var prefix = $"{SectionName}:{path}:Destinations:{name}:Metadata:";
            var named = problems.Called(key => prefix + key.Replace(':', '.'));
            nodes[name] = NodeMetadata.Read(destination, named);
            TlsRules.CheckFiles($"{nameof(NodeOptions.Tls)}:", nodes[name].Tls, named);
        }

        if (cluster.HttpClient?.DangerousAcceptAnyServerCertificate is true)
        {
            problems.Warn($"{path}:HttpClient:{nameof(HttpClientConfig.DangerousAcceptAnyServerCertificate)}", $"is 'true', so {TlsRules.Untrusted}");
        }

        RedirectRules.CheckNodes(own.Negotiate, nodes, name => $"{path}:Destinations:{name}:Metadata:", problems);
        if (nodes.Count > 0 && nodes.Values.All(n => n.EndpointType == EndpointType.Secondary))
        {
            problems.Error($"{path}:Destinations", "has no primary destination; secondary ones stand in for primaries, so at least one primary is needed");
        }

        foreach (var group in nodes.GroupBy(n => n.Value.AffinityKey ?? n.Key, StringComparer.Ordinal).Where(g => g.Count() > 1))
        {
            problems.Error($"{path}:Destinations", $"has the {nameof(NodeOptions.AffinityKey)} {Quoted.Value(group.Key)} more than once "
                + $"({string.Join(", ", group.Select(n => n.Key))}); every destination needs its own, or a tag would lead to the wrong one");
        }
    }

    private static bool IsAny(string text, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (string.Equals(text, name, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
