using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Proxy.Admin;
using Proxy.Affinity;
using Proxy.Clusters;
using Proxy.Connections;
using Proxy.Decisions;
using Proxy.Nodes;
using Proxy.Requests;
using Proxy.Requests.Protocols;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;
using Yarp.ReverseProxy.SessionAffinity;

namespace Proxy.Tests.Admin;

/// <summary>A whole gateway that was built and is not started, with two clusters whose nodes are in all states.</summary>
internal sealed class ExplainScenario : IAsyncDisposable
{
    public const string SecondPath = "/second";

    private static readonly string[] Modes = ["Auto", "Tag", "Learn", "Cookie", "ClientIp", "None"];
    private static readonly string[] Routers = ["weighted", "random", "round-robin", "least-connections", "hash:ip", "hash:query:q", "query:node",
        "header:X-Node"];
    private static readonly string[] Reattaches = ["Preferred", "Disabled", "Required"];
    private static readonly string[] Clusters = ["first", "second"];
    private static readonly string[] Names = ["a", "b", "c", "s"];

    private readonly WebApplication _app;

    public ExplainScenario(int number)
    {
        var random = new Random(number); // a scenario is the same in every run
        _app = GatewayApp.Build([.. Settings(number, random)], builder => builder.Logging.ClearProviders());
        _app.UseRouting().UseEndpoints(static _ => { }); // as a start would: routing learns of YARP's endpoints
        var connections = _app.Services.GetRequiredService<ConnectionTable>();
        foreach (var cluster in Registry.Clusters)
        {
            foreach (var node in cluster.Snapshot!.Nodes)
            {
                node.State.Connections.Add(Transport.WebSockets, random.Next(4));
                node.State.Lifecycle = random.Next(6) switch { 0 => NodeLifecycle.Staging, 1 => NodeLifecycle.Draining, _ => NodeLifecycle.Open };
                node.Destination.Health.Active = random.Next(5) == 0 ? DestinationHealth.Unhealthy : DestinationHealth.Unknown;
            }
        }

        Registry.RefreshAll();
        foreach (var cluster in Clusters)
        {
            connections.Bind(
                Encoding.UTF8.GetBytes("learned-" + cluster), Snapshot(cluster).Nodes[1].State, SignalRProtocol.Instance, learned: true, client: null);
        }

        _app.Services.GetRequiredService<Proxy.Affinity.HubPaths>().Learn("/chat");
    }

    public Explainer Explainer => _app.Services.GetRequiredService<Explainer>();

    public OutcomeCounters Outcomes => _app.Services.GetRequiredService<OutcomeCounters>();

    private NodeRegistry Registry => _app.Services.GetRequiredService<NodeRegistry>();

    /// <summary>Fills in what only the gateway's own answers hold: <c>{tag}</c>, <c>{cookie}</c>.</summary>
    public string Fill(string text, string cluster, int node)
    {
        var snapshot = Snapshot(cluster);
        var named = snapshot.Nodes[node];
        return text
            .Replace("{tag}", Proxy.Requests.Tag.Prefix + snapshot.TagOf(named), StringComparison.Ordinal)
            .Replace("{cookie}", snapshot.Cookies.Create(named, isHttps: false, TimeProvider.System.GetUtcNow()).Split(';')[0], StringComparison.Ordinal);
    }

    /// <summary>What YARP's pipeline gets for the request.</summary>
    public (AffinityResult Result, RoutedRequest Routed) Decide(HttpContext context, string cluster)
    {
        var policy = _app.Services.GetRequiredService<IEnumerable<ISessionAffinityPolicy>>().OfType<StickyAffinityPolicy>().Single();
        _app.Services.GetRequiredService<IProxyStateLookup>().TryGetCluster(cluster, out var state);
        var result = policy.FindAffinitizedDestinations(context, state!, state!.Model.Config.SessionAffinity!, state.DestinationsState.AllDestinations);
        return (result, context.Features.Get<RoutedRequest>()!);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private ClusterSnapshot Snapshot(string cluster) => Registry.Snapshot(cluster)!;

    private static IEnumerable<string> Settings(int number, Random random)
    {
        yield return "--Gateway:Admin:Url=";
        yield return "--Gateway:Health:Probe=none";
        yield return "--Gateway:Affinity:Mode=" + Modes[number % Modes.Length];
        yield return "--Gateway:Router=" + Routers[number % Routers.Length];
        yield return "--Gateway:RouterMiss=" + (random.Next(2) == 0 ? "Fallback" : "BadRequest");
        yield return "--Gateway:EnforceCapacity=" + (random.Next(2) == 0);
        yield return "--Gateway:Affinity:Reattach=" + Reattaches[random.Next(Reattaches.Length)];
        yield return "--ReverseProxy:Routes:first:ClusterId=first";
        yield return "--ReverseProxy:Routes:first:Match:Path={**all}";
        yield return "--ReverseProxy:Routes:second:ClusterId=second";
        yield return "--ReverseProxy:Routes:second:Match:Path=" + SecondPath + "/{**rest}";
        foreach (var cluster in Clusters)
        {
            yield return $"--ReverseProxy:Clusters:{cluster}:SessionAffinity:Enabled=true";
            yield return $"--ReverseProxy:Clusters:{cluster}:SessionAffinity:Policy=SignalR";
            yield return $"--ReverseProxy:Clusters:{cluster}:SessionAffinity:AffinityKeyName=srv_id";
            foreach (var name in Names)
            {
                var destination = $"--ReverseProxy:Clusters:{cluster}:Destinations:{name}";
                yield return $"{destination}:Address=http://{name}.{cluster}.invalid/";
                yield return $"{destination}:Metadata:EndpointType={(name is "s" ? "secondary" : "primary")}";
                yield return $"{destination}:Metadata:Weight={random.Next(1, 4)}";
                yield return $"{destination}:Metadata:ConnectionCapacity={random.Next(0, 4)}";
            }
        }
    }
}
