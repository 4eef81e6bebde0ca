using Proxy.Affinity;
using Proxy.Clusters;
using Proxy.Configuration;
using Proxy.Decisions;

namespace Proxy.Forwarding;

/// <summary>Selects another node for a request that its node has failed.</summary>
internal sealed class NextNodeSelector(DecisionMaker decisions, NodeRegistry registry)
{
    /// <summary>Decides for the next node.</summary>
    /// <returns><see langword="null"/> when no other node can take the request, or it has been tried on <see cref="RetryRules.MaxNodes"/> nodes.</returns>
    public Decision? Select(HttpContext context, RoutedRequest routed)
    {
        if (routed.Tried.Count >= RetryRules.MaxNodes - 1)
        {
            return null;
        }

        // The request goes on with the nodes that it came with, but without those that have gone out of service since.
        var now = registry.Snapshot(routed.Snapshot.ClusterId);
        var avoided = routed.Snapshot.Nodes.Where(
            node => ReferenceEquals(node, routed.Node) || routed.Tried.Contains(node) || now?.Find(node.State) is not { Online: true });
        var decision = decisions.Decide(context, routed.Request, routed.Snapshot, [.. avoided]);
        var binds = routed.Snapshot.Options.Affinity.Mode is not (AffinityMode.ClientIp or AffinityMode.None);
        return decision.Node is null ? null : decision with { Binds = binds };
    }
}
