using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Options;
using Proxy.Admin.Metrics;
using Proxy.Configuration;
using Proxy.Hosting;
using Proxy.Listeners;
using Proxy.Nginx;
using Proxy.Nginx.Settings;
using Proxy.WarmUp;

namespace Proxy;

/// <summary>Builds the gateway as a program of its own; Program, Demo and the tests call the same code.</summary>
public static class GatewayApp
{
    /// <summary>Where clients connect when neither addresses nor ports are configured.</summary>
    public const string DefaultUrl = "http://*:8080";

    private static readonly string[] ListenerKeys = ["urls", "http_ports", "https_ports"];

    /// <summary>Builds the gateway; the caller runs it.</summary>
    /// <param name="args">Command line, such as <c>--Gateway:Nodes:a=http://127.0.0.1:5000</c>.</param>
    /// <param name="configure">Applied last, for configuration sources, logging and services of the caller.</param>
    /// <exception cref="GatewayConfigurationException">The configuration has errors; all of them are listed.</exception>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        // RFC 9112 2.2 lets a server take a bare line feed for the end of a line. A proxy in front of the gateway that does not
        // would see other requests than the gateway.
        AppContext.SetSwitch("Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators", isEnabled: true);

        var nginx = NginxRegistration.CreateSource(args);
        var builder = ConfigurationSources.CreateBuilder(args, foreign: nginx);
        if (!HasListener(builder.Configuration))
        {
            builder.WebHost.UseUrls(DefaultUrl);
        }

        configure?.Invoke(builder);
        return Build(builder, AddOperations, nginx);
    }

    /// <summary>Builds what carries the requests.</summary>
    /// <param name="builder">Its configuration names the nodes.</param>
    /// <param name="add">Adds what is beside it.</param>
    /// <param name="nginx">The configuration of nginx among its sources, if there is one.</param>
    internal static WebApplication Build(WebApplicationBuilder builder, Action<IReverseProxyBuilder>? add = null, NginxConfigurationSource? nginx = null)
    {
        var proxy = builder.Services.AddReverseProxy().AddStickySignalRProgram(builder.Configuration);
        add?.Invoke(proxy);
        if (nginx is not null)
        {
            proxy.AddNginx(nginx);
        }

        builder.AddEventLoops();

        // As long as anything of the host's log of requests could be written, the host makes an Activity and a log scope for each request. The gateway has a
        // log of its own; tracing asks for activities by itself and gets them.
        builder.Services.AddSingleton(new LogRule("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None, IsFixed: true));

        // YARP registers data protection for affinity cookies of its own, which are not used: no key is to be made, stored or warned about.
        builder.Services.AddDataProtection().UseEphemeralDataProtectionProvider();
        builder.Services.AddSingleton(new LogRule("Microsoft.AspNetCore.DataProtection", LogLevel.Error, IsFixed: false));
        builder.Services.AddListeners(builder.Configuration);

        var app = builder.Build();
        app.Services.GetRequiredService<LiveConfiguration>(); // The errors of the configuration come first, and in an exception of their own.
        app.Services.GetRequiredService<TlsEndpoints>(); // So do certificates that cannot be used.
        if (nginx is not null)
        {
            app.UseNginx();
            app.UseRouting(); // takes an endpoint that has been chosen already
        }

        app.Use(OwnAnswers.InvokeAsync);
        app.MapReverseProxy();
        return app;
    }

    /// <summary>Adds the warm-up, which runs a second gateway in this process for a moment.</summary>
    internal static void AddWarmUp(this WebApplicationBuilder builder, WarmUpLimits? limits = null)
    {
        builder.Services.AddSingleton(limits ?? WarmUpLimits.Default);
        builder.Services.AddSingleton(new WarmUpGateway(static second =>
        {
            second.Services.AddSingleton<PrometheusExport>();
            var app = Build(second);

            // An instrument that nothing listens to does nothing: the code that measures would not be compiled.
            app.Services.GetRequiredService<PrometheusExport>().Start();
            return app;
        }));
        builder.Services.AddHostedService<WarmUpService>();
    }

    private static void AddOperations(IReverseProxyBuilder proxy)
    {
        proxy.AddAdminListener();
        proxy.Services.AddSingleton<GracefulStop>();
        proxy.Services.AddHostedService(static provider => provider.GetRequiredService<GracefulStop>());
        proxy.Services.AddSingleton<IConfigureOptions<HostOptions>>(static provider => provider.GetRequiredService<GracefulStop>());
        proxy.Services.AddHostedService<OtlpExport>();
    }

    // ASP.NET Core's default is port 5000, where a hub node often listens.
    private static bool HasListener(ConfigurationManager configuration) =>
        ListenerKeys.Any(key => !string.IsNullOrEmpty(configuration[key])) || configuration.GetSection("Kestrel:Endpoints").GetChildren().Any();
}
