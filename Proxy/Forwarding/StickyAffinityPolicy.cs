using Proxy.Affinity;
using Proxy.Diagnostics;
using Proxy.Nodes;
using Proxy.Requests;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Model;
using Yarp.ReverseProxy.SessionAffinity;

namespace Proxy.Forwarding;

/// <summary>Where YARP's pipeline asks the gateway: reads the request, decides, and hands YARP exactly one destination or a refusal.</summary>
internal sealed class StickyAffinityPolicy(NodeRegistry registry, DecisionMaker decisions, TrustedProxies trusted, OutcomeCounters outcomes) : ISessionAffinityPolicy
{
    public string Name => StickyPolicy.Name;

    public AffinityResult FindAffinitizedDestinations(
        HttpContext context, ClusterState cluster, SessionAffinityConfig config, IReadOnlyList<DestinationState> destinations)
    {
        var snapshot = registry.Snapshot(cluster.ClusterId)
            ?? throw new InvalidOperationException($"Cluster '{cluster.ClusterId}' chose the policy '{Name}' but AddStickySignalR was not called for this YARP.");
        var isTrusted = trusted.Admit(context, snapshot.Options.ForwardedHeaders);
        var request = RequestReader.Read(context);
        var decision = decisions.Decide(context, request, snapshot);
        context.Features.Set(new RoutedRequest(request, snapshot, decision, isTrusted));
        if (decision.Node is not { } node)
        {
            return new AffinityResult(null, AffinityStatus.DestinationNotFound);
        }

        outcomes.Count(decision.Outcome);
        return new AffinityResult(node.DestinationList, AffinityStatus.OK);
    }

    public ValueTask<AffinityResult> FindAffinitizedDestinationsAsync(
        HttpContext context, ClusterState cluster, SessionAffinityConfig config, IReadOnlyList<DestinationState> destinations, CancellationToken cancellationToken) =>
        new(FindAffinitizedDestinations(context, cluster, config, destinations));

    // The cookie is written by the response transform. YARP's own transform must find nothing to do here and no cancelled token to
    // throw for: YARP 2.1.0 turns that into a 500 and loses the real error.
    public void AffinitizeResponse(HttpContext context, ClusterState cluster, SessionAffinityConfig config, DestinationState destination)
    {
    }

    public ValueTask AffinitizeResponseAsync(
        HttpContext context, ClusterState cluster, SessionAffinityConfig config, DestinationState destination, CancellationToken cancellationToken) => default;
}
