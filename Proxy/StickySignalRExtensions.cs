using Microsoft.Extensions.DependencyInjection.Extensions;
using Proxy.Admin;
using Proxy.Affinity;
using Proxy.Authentication;
using Proxy.Clusters;
using Proxy.Configuration;
using Proxy.Connections;
using Proxy.Decisions;
using Proxy.Forwarding;
using Proxy.Hosting;
using Proxy.Metrics;
using Proxy.Requests;
using Proxy.Routers;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the gateway to an application that hosts YARP.</summary>
public static class StickySignalRExtensions
{
    /// <summary>Keeps SignalR connections on the node that owns them, in every cluster with
    /// <c>"SessionAffinity": { "Enabled": true, "Policy": "SignalR" }</c>, and in the cluster that <c>Gateway:Nodes</c> makes.</summary>
    /// <param name="builder">What <c>AddReverseProxy</c> gave.</param>
    /// <param name="configuration">The root that holds the <c>Gateway</c> section. It may be without one: the defaults apply,
    /// and YARP's clusters are used.</param>
    /// <exception cref="GatewayConfigurationException">The section has errors; all of them are listed. Thrown when the application starts.</exception>
    /// <exception cref="InvalidOperationException"><c>AddReverseProxy</c> was not called before.</exception>
    public static IReverseProxyBuilder AddStickySignalR(this IReverseProxyBuilder builder, IConfiguration configuration) =>
        builder.AddStickySignalR(configuration, needsNodes: false, new AcceptedConfiguration());

    /// <summary>Adds the admin listener at <c>Gateway:Admin:Url</c>.</summary>
    public static IReverseProxyBuilder AddAdminListener(this IReverseProxyBuilder builder) => builder.AddAdmin();

    /// <summary>The same for the gateway as a program: it has no other source of nodes, and reads YARP's own section, too.</summary>
    internal static IReverseProxyBuilder AddStickySignalRProgram(this IReverseProxyBuilder builder, IConfiguration configuration)
    {
        var accepted = new AcceptedConfiguration();
        return builder.LoadFromConfig(accepted.Configuration).AddStickySignalR(configuration, needsNodes: true, accepted);
    }

    private static IReverseProxyBuilder AddStickySignalR(
        this IReverseProxyBuilder builder, IConfiguration configuration, bool needsNodes, AcceptedConfiguration accepted)
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        return builder
            .AddConfiguration(configuration, needsNodes, accepted)
            .AddLogRules()
            .AddRequests()
            .AddRouters()
            .AddGatewayMetrics()
            .AddConnections()
            .AddConnectionAuthentication()
            .AddAffinity()
            .AddClusters()
            .AddDecisions()
            .AddForwarding()
            .AddGauges();
    }
}
