using Proxy.Affinity.Sharing;

namespace Proxy.Affinity;

internal static class AffinityRegistration
{
    /// <summary>Adds what decides about a request, and the ids that replicas share.</summary>
    public static IReverseProxyBuilder AddAffinity(this IReverseProxyBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<HubPaths>();
        services.AddSingleton<DecisionMaker>();

        services.AddSingleton<RedisStore>();
        services.AddSingleton<SharedIds>();
        services.AddHostedService<SharedIdsWriter>();
        return builder;
    }
}
