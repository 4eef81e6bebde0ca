using Proxy.Configuration;

namespace Proxy.Routers;

internal static class RoutersRegistration
{
    /// <summary>Adds the built-in routers, in the order in which messages list them.</summary>
    public static IReverseProxyBuilder AddRouters(this IReverseProxyBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<INegotiateRouter, WeightedRouter>();
        services.AddSingleton<INegotiateRouter, RandomRouter>();
        services.AddSingleton<INegotiateRouter, RoundRobinRouter>();
        services.AddSingleton<INegotiateRouter, LeastConnectionsRouter>();
        services.AddSingleton<IRouterFamily, HashRouter.Family>();
        services.AddSingleton<IRouterFamily, NamedNodeRouter.Family>();

        services.AddSingleton<NegotiateRouters>();
        services.AddSingleton<IRouterNames>(static provider => provider.GetRequiredService<NegotiateRouters>());
        return builder;
    }
}
