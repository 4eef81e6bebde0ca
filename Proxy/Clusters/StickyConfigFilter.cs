using System.Net;
using Proxy.Configuration;
using Proxy.Nodes.Tls;
using Proxy.Routers;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;

namespace Proxy.Clusters;

/// <summary>Completes the clusters that chose the policy, and keeps the nodes that a reload left out until they are drained.</summary>
internal sealed class StickyConfigFilter(
    NodeRegistry registry, LiveConfiguration live, NegotiateRouters routers, NodeTlsSet tls) : IProxyConfigFilter
{
    /// <summary>Bytes of a header pass unchanged only as Latin-1; by default a non-ASCII cookie ends in 502 (YARP issues 1502 and 2478).</summary>
    private const string HeaderEncoding = "latin1";

    /// <summary>Where the connect time-out is put so that a change of it makes a new client.</summary>
    public const string ConnectTimeoutKey = "StickySignalR.ConnectTimeout";

    public ValueTask<ClusterConfig> ConfigureClusterAsync(ClusterConfig cluster, CancellationToken cancel)
    {
        if (!StickyCluster.IsChosen(cluster))
        {
            return new(cluster);
        }

        var options = ClusterOptions.Overlay(live.Current.Options, cluster.Metadata, routers, out var errors);
        if (errors.Count > 0)
        {
            throw new InvalidOperationException(string.Join(Environment.NewLine, errors));
        }

        CheckTls(cluster, options);

        var destinations = new Dictionary<string, DestinationConfig>(
            cluster.Destinations ?? new Dictionary<string, DestinationConfig>(), StringComparer.OrdinalIgnoreCase);
        foreach (var (name, destination) in registry.Find(cluster.ClusterId)?.Retained(destinations) ?? [])
        {
            destinations.Add(name, destination);
        }

        var metadata = new Dictionary<string, string>(cluster.Metadata ?? new Dictionary<string, string>(), StringComparer.OrdinalIgnoreCase)
        {
            [ConnectTimeoutKey] = options.Timeouts.Connect.ToString("c"),
        };
        var http = cluster.HttpClient ?? HttpClientConfig.Empty;
        var request = cluster.HttpRequest ?? ForwarderRequestConfig.Empty;
        return new(cluster with
        {
            Destinations = destinations,
            Metadata = metadata,
            SessionAffinity = cluster.SessionAffinity! with
            {
                AffinityKeyName = options.Affinity.Cookie.NameFor(cluster.ClusterId),
                FailurePolicy = StickyCluster.PolicyName,
            },
            HealthCheck = (cluster.HealthCheck ?? new HealthCheckConfig()) with { AvailableDestinationsPolicy = StickyCluster.PolicyName },
            HttpClient = http with
            {
                RequestHeaderEncoding = http.RequestHeaderEncoding ?? HeaderEncoding,
                ResponseHeaderEncoding = http.ResponseHeaderEncoding ?? HeaderEncoding,
            },

            // Otherwise YARP tries a WebSocket to an https node as an HTTP/2 CONNECT first.
            HttpRequest = request with
            {
                Version = request.Version ?? HttpVersion.Version11,
                VersionPolicy = request.VersionPolicy ?? HttpVersionPolicy.RequestVersionExact,
            },
        });
    }

    // An application's own configuration was not checked before. A value that cannot be used must not leave a node's certificate unchecked.
    private void CheckTls(ClusterConfig cluster, GatewayOptions options)
    {
        var problems = new List<string>();
        foreach (var (name, destination) in cluster.Destinations ?? new Dictionary<string, DestinationConfig>())
        {
            var node = NodeMetadata.Read(destination, out var errors);
            problems.AddRange(errors.Where(error => error.Key.StartsWith(nameof(NodeOptions.Tls), StringComparison.OrdinalIgnoreCase))
                .Select(error => $"Destination '{name}' of cluster '{cluster.ClusterId}': {error.Message}"));
            if (errors.Count == 0 && TlsRules.IsHttps(destination.Address)
                && tls.Get(DestinationMetadata.ReadTls(cluster, node, options)).Current.Problem is { } problem)
            {
                problems.Add($"Destination '{name}' of cluster '{cluster.ClusterId}': {problem}.");
            }
        }

        if (problems.Count > 0)
        {
            throw new InvalidOperationException(string.Join(Environment.NewLine, problems));
        }
    }

    public ValueTask<RouteConfig> ConfigureRouteAsync(RouteConfig route, ClusterConfig? cluster, CancellationToken cancel) => new(route);
}
