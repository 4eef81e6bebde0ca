using Proxy.Clusters.Probes;
using Proxy.Nodes.Tls;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace Proxy.Clusters;

internal static class ClustersRegistration
{
    /// <summary>Adds what looks after the nodes, and what tells YARP of them.</summary>
    public static IReverseProxyBuilder AddClusters(this IReverseProxyBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<NodeTlsSet>();
        services.AddSingleton<NodeRegistry>();
        services.AddSingleton<NodeOperations>();
        services.AddSingleton<NodeProbe>();
        services.AddSingleton<NegotiateGate>();
        services.AddSingleton<Rebalancer>();
        services.AddHostedService<LiveUpdates>();
        services.AddHostedService<NodeSupervisor>();
        services.AddHostedService<CertificateWatch>();

        services.AddSingleton<GatewayConfigProvider>();
        services.AddSingleton<IProxyConfigProvider>(static provider => provider.GetRequiredService<GatewayConfigProvider>());
        services.AddSingleton<IAvailableDestinationsPolicy, AvailableNodesPolicy>();
        services.AddSingleton<IClusterChangeListener, ClusterTracker>();
        return builder.AddConfigFilter<StickyConfigFilter>();
    }
}
