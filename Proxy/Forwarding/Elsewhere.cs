using Proxy.Affinity;
using Proxy.Clusters;
using Proxy.Configuration;
using Proxy.Decisions;


namespace Proxy.Forwarding;

/// <summary>Finds another node for a request that its node has failed.</summary>
internal sealed class Elsewhere(DecisionMaker decisions, NodeRegistry registry)
{
    /// <summary>The next node, or <see langword="null"/> when nobody else can take the request or it has been tried often enough.</summary>
    public Decision? FindNext(HttpContext context, RoutedRequest routed)
    {
        if (routed.Tried.Count >= RetryRules.MostTries - 1)
        {
            return null;
        }

        // The request goes on with the nodes that it came with, but without those that have gone out of service since.
        var now = registry.Snapshot(routed.Snapshot.ClusterId);
        var avoided = routed.Snapshot.Nodes.Where(node => ReferenceEquals(node, routed.Node) || routed.Tried.Contains(node) || now?.Find(node.State) is not { Online: true });
        var decision = decisions.Decide(context, routed.Request, routed.Snapshot, [.. avoided]);
        return decision.Node is null ? null : decision with { Binds = routed.Snapshot.Options.Affinity.Mode is not (AffinityMode.ClientIp or AffinityMode.None) };
    }
}
