using Microsoft.Extensions.DependencyInjection.Extensions;
using Proxy.Admin.Metrics;
using Proxy.WarmUp;

namespace Proxy.Admin;

internal static class AdminRegistration
{
    /// <summary>Adds the instruments that are read rather than counted, for whatever listens to the meters.</summary>
    public static IReverseProxyBuilder AddGauges(this IReverseProxyBuilder builder)
    {
        builder.Services.AddHostedService<GatewayGauges>();
        return builder;
    }

    /// <summary>Adds the admin listener and all that it shows.</summary>
    public static IReverseProxyBuilder AddAdmin(this IReverseProxyBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<AdminListener>();
        services.AddHostedService(static provider => provider.GetRequiredService<AdminListener>());

        services.AddSingleton<AdminApi>();
        services.AddSingleton<DiagnosticsReader>();
        services.TryAddSingleton<WarmUpState>();

        services.AddSingleton<AffinityApi>();
        services.AddSingleton<ConnectionsReader>();
        services.AddSingleton<RouteFinder>();
        services.AddSingleton<Explainer>();
        services.AddSingleton<DecisionStream>();
        services.AddSingleton<Replayer>();

        services.AddSingleton<CheckApi>();
        services.AddSingleton<PrometheusExport>();
        return builder;
    }
}
