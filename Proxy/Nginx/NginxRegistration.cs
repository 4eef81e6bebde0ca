using Proxy.Configuration;
using Proxy.Nginx.Runtime;
using Proxy.Nginx.Settings;
using Proxy.Routers;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Proxy.Nginx;

internal static class NginxRegistration
{
    /// <summary>The source for the configuration that <c>--nginx-conf</c> names; <see langword="null"/> without the option.</summary>
    /// <param name="args">The command line; its <c>--urls</c> win over where the configuration listens.</param>
    /// <exception cref="GatewayConfigurationException">There is no such file.</exception>
    public static NginxConfigurationSource? CreateSource(string[] args) =>
        ConfigurationSources.FileOf(args, ConfigurationSources.NginxOption) is { } path
            ? new NginxConfigurationSource(path, new ConfigurationBuilder().AddCommandLine(args).Build()["urls"] is null, TimeProvider.System)
            : null;

    /// <summary>Adds what serves requests by a configuration of nginx.</summary>
    public static IReverseProxyBuilder AddNginx(this IReverseProxyBuilder builder, NginxConfigurationSource source)
    {
        builder.Services.AddSingleton(source.Provider);
        builder.Services.AddSingleton<NginxRuntime>();
        builder.Services.AddSingleton<INegotiateRouter, IpHashRouter>();
        builder.Services.AddSingleton<ITransformProvider, NginxTransforms>();
        builder.Services.AddHostedService<NginxReloadSignal>();
        return builder;
    }

    /// <summary>Chooses servers and locations by it, before routing.</summary>
    public static void UseNginx(this IApplicationBuilder app) => app.UseMiddleware<NginxMiddleware>(app.ApplicationServices.GetRequiredService<NginxRuntime>());
}
