using Proxy.Affinity;
using Proxy.Affinity.Sharing;
using Proxy.Clusters;
using Proxy.Configuration;
using Proxy.Outcomes;
using Proxy.Requests;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Model;
using Yarp.ReverseProxy.SessionAffinity;

namespace Proxy.Decisions;

/// <summary>Where YARP's pipeline asks the gateway: reads the request, decides, and hands YARP exactly one destination or a refusal.</summary>
internal sealed class StickyAffinityPolicy(
    NodeRegistry registry, DecisionMaker decisions, SharedIds shared, OwnerProbe ownerProbe, TrustedProxies trusted, DecisionRecorder recorder,
    TimeProvider time)
    : ISessionAffinityPolicy
{
    public string Name => StickyCluster.PolicyName;

    // YARP asks the asynchronous way only.
    public AffinityResult FindAffinitizedDestinations(
        HttpContext context, ClusterState cluster, SessionAffinityConfig config, IReadOnlyList<DestinationState> destinations)
    {
        var snapshot = SnapshotOf(cluster);
        var isTrusted = trusted.Admit(context, snapshot.Options.ForwardedHeaders);
        return Take(context, Decide(context, RequestReader.Read(context), snapshot, isTrusted));
    }

    public ValueTask<AffinityResult> FindAffinitizedDestinationsAsync(
        HttpContext context, ClusterState cluster, SessionAffinityConfig config, IReadOnlyList<DestinationState> destinations,
        CancellationToken cancellationToken)
    {
        var snapshot = SnapshotOf(cluster);
        var isTrusted = trusted.Admit(context, snapshot.Options.ForwardedHeaders);
        var request = RequestReader.Read(context);
        if (shared.IsFor(request, snapshot))
        {
            return LearnAsync(context, request, snapshot, isTrusted);
        }

        var routed = Decide(context, request, snapshot, isTrusted);
        return OwnerProbe.IsFor(routed.Request, routed.Snapshot, routed.Decision) ? AskAsync(context, routed) : new(Take(context, routed));
    }

    // YARP asks for this for each answer. The cookie is written by ResponseSteps instead, which know whether the node's answer binds the client.
    public void AffinitizeResponse(HttpContext context, ClusterState cluster, SessionAffinityConfig config, DestinationState destination)
    {
    }

    private ClusterSnapshot SnapshotOf(ClusterState cluster) => registry.Snapshot(cluster.ClusterId)
        ?? throw new InvalidOperationException($"Cluster '{cluster.ClusterId}' chose the policy '{Name}' but AddStickySignalR was not called for this YARP.");

    private RoutedRequest Decide(HttpContext context, in RequestInfo request, ClusterSnapshot snapshot, bool isTrusted, long? since = null)
    {
        var started = since ?? time.GetTimestamp();
        var decision = decisions.Decide(context, request, snapshot);
        return new RoutedRequest(request, snapshot, decision, isTrusted) { DecisionTime = time.GetElapsedTime(started) };
    }

    private async ValueTask<AffinityResult> LearnAsync(HttpContext context, RequestInfo request, ClusterSnapshot snapshot, bool isTrusted)
    {
        var started = time.GetTimestamp();
        await shared.LearnAsync(request, snapshot, context.ClientAddress()?.ToString());
        var routed = Decide(context, request, snapshot, isTrusted, started);
        return OwnerProbe.IsFor(routed.Request, routed.Snapshot, routed.Decision) ? await AskAsync(context, routed) : Take(context, routed);
    }

    private async ValueTask<AffinityResult> AskAsync(HttpContext context, RoutedRequest routed)
    {
        var started = time.GetTimestamp();
        var decision = await ownerProbe.AskAsync(context, routed.Request, routed.Snapshot, routed.Decision, routed.IsTrustedPeer);
        if (decision is { Outcome: RoutingOutcome.Probe, Node: { } owner })
        {
            shared.Share(routed.Request, owner, routed.Snapshot);
        }

        return Take(context, new RoutedRequest(
            routed.Request, routed.Snapshot, decision, routed.IsTrustedPeer)
        { DecisionTime = routed.DecisionTime + time.GetElapsedTime(started) });
    }

    private AffinityResult Take(HttpContext context, RoutedRequest routed)
    {
        context.Features.Set(routed);
        if (routed.Decision.Node is not { } node)
        {
            return new AffinityResult(null, AffinityStatus.DestinationNotFound);
        }

        recorder.Decided(context, routed);
        return new AffinityResult(node.DestinationList, AffinityStatus.OK);
    }
}
