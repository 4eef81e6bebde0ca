using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace HubNode;

/// <summary>Builds the sample hub node; Program, Demo and the tests call the same code.</summary>
public static class HubNodeApp
{
    public const string HubPath = "/hub";

    /// <summary>Answers <see cref="NodeReport"/>.</summary>
    public const string HealthPath = "/health";

    /// <summary>Answers <see cref="RequestReport"/>.</summary>
    public const string WhoAmIPath = "/whoami";

    /// <summary>Header of every answer: the name of the node that gave it.</summary>
    public const string NodeHeader = "X-Hub-Node";

    /// <summary>Header of every answer: see <see cref="NodeState.BootId"/>.</summary>
    public const string BootIdHeader = "X-Boot-Id";

    /// <summary>Builds a node; the caller runs it.</summary>
    /// <param name="args">Command line, such as <c>--urls http://127.0.0.1:5000 --name a</c>.</param>
    /// <param name="configure">Applied last, for logging and services of the caller.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { Args = args });
        AddHost(builder, args);
        AddServices(builder.Services, builder.Configuration);
        configure?.Invoke(builder);

        var app = builder.Build();
        MapNode(app);
        return app;
    }

    // As CreateBuilder does, but without appsettings.json: the one in the current folder, or in that of a host of both, is the gateway's.
    private static void AddHost(WebApplicationBuilder builder, string[] args)
    {
        builder.Configuration
            .AddInMemoryCollection([new("Logging:LogLevel:Microsoft.AspNetCore", "Warning")]) // else two lines for each request
            .AddEnvironmentVariables("ASPNETCORE_")
            .AddEnvironmentVariables()
            .AddCommandLine(args, HubNodeOptions.Switches);
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging")).AddConsole();
        builder.WebHost.UseKestrel((context, kestrel) => kestrel.Configure(context.Configuration.GetSection("Kestrel")));
        builder.Services.AddRouting();
    }

    private static void AddServices(IServiceCollection services, ConfigurationManager configuration)
    {
        services.AddOptions<BackplaneOptions>().BindConfiguration(BackplaneOptions.SectionName);
        services.AddOptions<HubNodeOptions>().BindConfiguration(HubNodeOptions.SectionName).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<NodeState>();
        AddBackplane(services.AddSignalR(), configuration);
        services.AddCors();
        services.AddOptions<HubOptions>().Configure<IOptions<HubNodeOptions>>(
            (hub, node) => hub.KeepAliveInterval = TimeSpan.FromSeconds(node.Value.KeepAlive));
        services.AddOptions<CorsOptions>().Configure<IOptions<HubNodeOptions>>(
            (cors, node) => cors.AddDefaultPolicy(policy => AllowOrigins(policy, node.Value.CorsOrigins)));
        services.Configure<ForwardedHeadersOptions>(options =>
        {
            // From loopback only, which is the middleware's default, but through any number of such proxies.
            options.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
            options.ForwardLimit = null;
        });
        services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(5));
    }

    private static void AddBackplane(ISignalRServerBuilder signalR, ConfigurationManager configuration)
    {
        var backplane = configuration.GetSection(BackplaneOptions.SectionName).Get<BackplaneOptions>() ?? new BackplaneOptions();
        if (backplane.IsEnabled)
        {
            signalR.AddStackExchangeRedis(backplane.Configuration, redis =>
            {
                // Without it SignalR would take a Redis that is not there yet for connected, and never subscribe.
                redis.Configuration.AbortOnConnectFail = true;
                if (redis.Configuration.ChannelPrefix.IsNullOrEmpty)
                {
                    redis.Configuration.ChannelPrefix = RedisChannel.Literal(BackplaneOptions.DefaultChannelPrefix);
                }
            });
        }
    }

    private static void AllowOrigins(CorsPolicyBuilder policy, string commaSeparated)
    {
        var origins = commaSeparated.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (origins is ["*"])
        {
            policy.SetIsOriginAllowed(_ => true); // a literal * is not allowed together with credentials
        }
        else
        {
            policy.WithOrigins(origins);
        }

        policy.AllowAnyHeader().AllowAnyMethod().AllowCredentials().WithExposedHeaders(NodeHeader, BootIdHeader);
    }

    private static void MapNode(WebApplication app)
    {
        var options = app.Services.GetRequiredService<IOptions<HubNodeOptions>>().Value;
        var node = app.Services.GetRequiredService<NodeState>();

        app.Use((context, next) =>
        {
            context.Response.Headers[NodeHeader] = node.Name;
            context.Response.Headers[BootIdHeader] = node.BootId;
            // The one reader: a node under load need not copy headers
            if (context.Request.Path.StartsWithSegments(WhoAmIPath, StringComparison.OrdinalIgnoreCase))
            {
                context.Features.Set(ReceivedRequest.Of(context));
            }

            return next(context);
        });
        app.UseForwardedHeaders();
        app.UseCors();
        app.UseFileServer(new FileServerOptions { FileProvider = new EmbeddedFileProvider(typeof(HubNodeApp).Assembly, "HubNode.wwwroot") });

        app.MapHub<ChatHub>(HubPath, hub =>
        {
            hub.AllowStatefulReconnects = true;
            hub.LongPolling.PollTimeout = TimeSpan.FromSeconds(options.PollTimeout);
        });
        app.MapGet(HealthPath, node.Report);
        app.Map(WhoAmIPath, (HttpContext context) => Describe(context, node));
    }

    private static RequestReport Describe(HttpContext context, NodeState node)
    {
        var request = context.Request;
        var received = context.Features.GetRequiredFeature<ReceivedRequest>();
        return new RequestReport(
            node.Name,
            Environment.ProcessId,
            request.Protocol,
            request.Method,
            context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
            request.Host.Value ?? "",
            request.Scheme,
            context.Connection.RemoteIpAddress?.ToString(),
            received.Peer?.ToString(),
            received.Headers);
    }
}
