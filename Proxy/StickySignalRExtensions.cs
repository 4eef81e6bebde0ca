using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Proxy.Admin;
using Proxy.Admin.Metrics;
using Proxy.Affinity;
using Proxy.Affinity.Sharing;
using Proxy.Clusters;
using Proxy.Clusters.Probes;
using Proxy.Configuration;
using Proxy.Connections;
using Proxy.Decisions;
using Proxy.Forwarding;
using Proxy.Forwarding.Tunnels;
using Proxy.Hosting;
using Proxy.Metrics;
using Proxy.Requests;
using Proxy.Routers;
using Proxy.WarmUp;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;
using Yarp.ReverseProxy.SessionAffinity;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the gateway to somebody's own YARP.</summary>
public static class StickySignalRExtensions
{
    /// <summary>Keeps SignalR connections on the node that owns them, in every cluster with
    /// <c>"SessionAffinity": { "Enabled": true, "Policy": "SignalR" }</c>, and in the cluster that <c>Gateway:Nodes</c> makes.</summary>
    /// <param name="builder">What <c>AddReverseProxy</c> gave.</param>
    /// <param name="configuration">The root that holds the <c>Gateway</c> section. It may be without one: the defaults apply, and YARP's clusters are used.</param>
    /// <exception cref="GatewayConfigurationException">The section has errors; all of them are listed.</exception>
    public static IReverseProxyBuilder AddStickySignalR(this IReverseProxyBuilder builder, IConfiguration configuration) =>
        builder.AddStickySignalR(configuration, needsNodes: false, new AcceptedConfiguration());

    /// <summary>The same for the gateway as a program: it has no other source of nodes, and reads YARP's own section, too.</summary>
    internal static IReverseProxyBuilder AddStickySignalRProgram(this IReverseProxyBuilder builder, IConfiguration configuration)
    {
        var accepted = new AcceptedConfiguration();
        return builder.LoadFromConfig(accepted.Configuration).AddStickySignalR(configuration, needsNodes: true, accepted);
    }

    private static IReverseProxyBuilder AddStickySignalR(this IReverseProxyBuilder builder, IConfiguration configuration, bool needsNodes, AcceptedConfiguration accepted)
    {
        var services = builder.Services;
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => new LiveConfiguration(
            configuration,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<LiveConfiguration>>(),
            provider.GetRequiredService<NegotiateRouters>().Names,
            needsNodes,
            accepted));

        services.AddSingleton(static provider => new IdHasher(provider.GetRequiredService<LiveConfiguration>().Current.Options.Affinity.Keys is [var key, ..] ? key : null));
        services.AddSingleton<ConnectionTable>();
        services.AddSingleton<RequestFollower>();
        services.AddSingleton<HubPaths>();
        services.AddSingleton<RedisStore>();
        services.AddSingleton<SharedIds>();
        services.AddSingleton<DecisionMaker>();
        services.AddSingleton<OwnerProbe>();
        services.AddSingleton<NegotiateBinder>();
        services.AddSingleton<TrustedProxies>();
        services.AddSingleton<OutcomeCounters>();
        services.AddSingleton<GatewayMetrics>();
        services.AddHostedService<GatewayGauges>();
        services.AddSingleton<DecisionTrace>();
        services.AddSingleton<AccessLog>();
        services.AddSingleton<DecisionRecorder>();
        services.AddSingleton<DiagnosticsReader>();

        services.AddSingleton<INegotiateRouter, WeightedRouter>();
        services.AddSingleton<INegotiateRouter, RandomRouter>();
        services.AddSingleton<INegotiateRouter, RoundRobinRouter>();
        services.AddSingleton<INegotiateRouter, LeastConnectionsRouter>();
        services.AddSingleton<NegotiateRouters>();

        services.AddSingleton<NodeRegistry>();
        services.AddSingleton<NodeOperations>();
        services.AddSingleton<NodeProbe>();
        services.AddSingleton<NegotiateGate>();
        services.AddSingleton<Rebalancer>();
        services.AddSingleton<ConnectionMover>();
        services.AddSingleton<GatewayConfigProvider>();
        services.AddSingleton<IProxyConfigProvider>(static provider => provider.GetRequiredService<GatewayConfigProvider>());
        services.AddHostedService<LiveUpdates>();
        services.AddSingleton<IAvailableDestinationsPolicy, AvailableNodesPolicy>();
        services.AddSingleton<IClusterChangeListener, ClusterTracker>();
        builder.AddConfigFilter<StickyConfigFilter>();
        services.AddHostedService<NodeSupervisor>();
        services.AddHostedService<ConnectionSweeper>();
        services.AddHostedService<SharedIdsWriter>();

        services.AddSingleton<Refusals>();
        services.AddSingleton<Elsewhere>();
        services.AddSingleton<TunnelRegistry>();
        services.AddHostedService(static provider => provider.GetRequiredService<TunnelRegistry>());
        services.AddSingleton<HandOffEnds>();
        services.AddSingleton<WebSocketSender>();
        services.AddSingleton<ResponseSteps>();
        services.AddSingleton<ISessionAffinityPolicy, StickyAffinityPolicy>();
        services.AddSingleton<IAffinityFailurePolicy, RefusalPolicy>();
        services.Replace(ServiceDescriptor.Singleton<IForwarderHttpClientFactory, StickyHttpClientFactory>());
        DecorateForwarder(services);
        builder.AddTransforms<StickyTransforms>();

        services.AddSingleton<IPostConfigureOptions<LoggerFilterOptions>, SecretLogRules>();
        services.AddSingleton<IPostConfigureOptions<LoggerFilterOptions>, AccessLogRules>();
        services.Configure<LoggerFilterOptions>(static filters =>
            filters.Rules.Add(new LoggerFilterRule(null, "Yarp.ReverseProxy.SessionAffinity", LogLevel.Error, null))); // warns of every refusal
        return builder;
    }

    /// <summary>Adds the admin listener at <c>Gateway:Admin:Url</c>.</summary>
    public static IReverseProxyBuilder AddAdminListener(this IReverseProxyBuilder builder)
    {
        builder.Services.TryAddSingleton<WarmUpState>();
        builder.Services.AddSingleton<AdminApi>();
        builder.Services.AddSingleton<MetricsCollector>();
        builder.Services.AddSingleton<ConnectionsReader>();
        builder.Services.AddSingleton<RouteFinder>();
        builder.Services.AddSingleton<Explainer>();
        builder.Services.AddSingleton<DecisionStream>();
        builder.Services.AddSingleton<Replayer>();
        builder.Services.AddSingleton<AffinityApi>();
        builder.Services.AddSingleton<CheckApi>();
        builder.Services.AddSingleton<AdminListener>();
        builder.Services.AddHostedService(static provider => provider.GetRequiredService<AdminListener>());
        return builder;
    }

    private static void DecorateForwarder(IServiceCollection services)
    {
        var inner = services.Last(descriptor => descriptor.ServiceType == typeof(IHttpForwarder)).ImplementationType
            ?? throw new InvalidOperationException("AddStickySignalR has to follow AddReverseProxy.");
        services.Replace(ServiceDescriptor.Singleton<IHttpForwarder>(provider =>
            ActivatorUtilities.CreateInstance<StickyForwarder>(provider, (IHttpForwarder)ActivatorUtilities.CreateInstance(provider, inner))));
    }
}
