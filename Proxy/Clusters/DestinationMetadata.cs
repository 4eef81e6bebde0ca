using Proxy.Configuration;
using Yarp.ReverseProxy.Configuration;

namespace Proxy.Clusters;

/// <summary>What the gateway writes into and reads from a YARP destination's metadata.</summary>
internal static class DestinationMetadata
{
    private const string Removed = "StickySignalR.Removed";

    /// <summary>A copy of a destination that left the configuration and stays only to drain.</summary>
    public static DestinationConfig MarkRemoved(DestinationConfig config)
    {
        var metadata = new Dictionary<string, string>(
            config.Metadata ?? new Dictionary<string, string>(), StringComparer.OrdinalIgnoreCase)
        { [Removed] = "true" };
        return config with { Metadata = metadata };
    }

    public static bool IsRemoved(DestinationConfig config) => config.Metadata?.ContainsKey(Removed) is true;

    /// <summary>The node's options; a value that is wrong has been refused when the configuration was read, and counts as its default here.</summary>
    public static NodeOptions ReadOptions(DestinationConfig config) => NodeMetadata.Read(config, out _);

    /// <summary>How TLS is spoken to a node.</summary>
    /// <param name="cluster">The node's cluster, in which YARP's own switch may turn the check off.</param>
    /// <param name="node">The node's options.</param>
    /// <param name="options">The cluster's options.</param>
    public static TlsSettings ReadTls(ClusterConfig cluster, NodeOptions node, GatewayOptions options) =>
        TlsSettings.Of(node.Tls, options.NodeTls, cluster.HttpClient?.DangerousAcceptAnyServerCertificate is true);
}
