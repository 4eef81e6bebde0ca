using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Configuration;

namespace LoadTests.Comparison.Contenders;

/// <summary>The smallest YARP that keeps SignalR connections together: one route, its destinations, a cookie.</summary>
internal static class BareYarp
{
    /// <summary>Hidden sub-command; the addresses of the nodes follow.</summary>
    public const string Command = "bare-yarp";

    public const string Listening = "listening on ";

    public static async Task<int> RunAsync(IReadOnlyList<string> nodes)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        builder.Configuration["urls"] = "http://127.0.0.1:0";
        builder.Services.AddReverseProxy().LoadFromMemory([Route()], [Cluster(nodes)]);
        await using var app = builder.Build();
        app.MapReverseProxy();
        await app.StartAsync();
        Console.WriteLine(Listening + app.Urls.Single());
        await app.WaitForShutdownAsync();
        return 0;
    }

    private static RouteConfig Route() => new() { RouteId = "all", ClusterId = "nodes", Match = new RouteMatch { Path = "{**path}" } };

    private static ClusterConfig Cluster(IReadOnlyList<string> nodes) => new()
    {
        ClusterId = "nodes",
        Destinations = nodes.Select((node, i) => (Key: $"{i}", Node: node)).ToDictionary(
            pair => pair.Key, pair => new DestinationConfig { Address = pair.Node }),
        LoadBalancingPolicy = "RoundRobin",
        SessionAffinity = new SessionAffinityConfig { Enabled = true, Policy = "HashCookie", AffinityKeyName = "srv_id", FailurePolicy = "Redistribute" },
        HealthCheck = new HealthCheckConfig
        {
            Active = new ActiveHealthCheckConfig
            {
                Enabled = true,
                Interval = TimeSpan.FromSeconds(2),
                Timeout = TimeSpan.FromSeconds(1),
                Policy = "ConsecutiveFailures",
                Path = "/"
            },
        },
    };
}
