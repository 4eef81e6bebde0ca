using Microsoft.Extensions.DependencyInjection;
using Proxy.Routers;

namespace Proxy.Tests.Routers;

/// <summary>The routers as the gateway registers them.</summary>
internal static class TestRouters
{
    /// <param name="own">Routers of an application, registered after the built-in ones.</param>
    public static NegotiateRouters Create(params IEnumerable<INegotiateRouter> own)
    {
        var services = new ServiceCollection();
        services.AddReverseProxy().AddRouters();
        foreach (var router in own)
        {
            services.AddSingleton(router);
        }

        return services.BuildServiceProvider().GetRequiredService<NegotiateRouters>();
    }
}
