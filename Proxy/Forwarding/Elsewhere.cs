using Proxy.Affinity;

namespace Proxy.Forwarding;

/// <summary>Finds another node for a request that its node has failed.</summary>
internal sealed class Elsewhere(DecisionMaker decisions)
{
    /// <summary>The next node, or <see langword="null"/> when nobody else can take the request or it has been tried often enough.</summary>
    public Decision? FindNext(HttpContext context, RoutedRequest routed)
    {
        if (routed.Tried.Count >= RetryRules.MostTries - 1)
        {
            return null;
        }

        var decision = decisions.Decide(context, routed.Request, routed.Snapshot, [.. routed.Tried, routed.Node]);
        return decision.Node is null ? null : decision with { Binds = routed.Snapshot.Options.Affinity.Mode is not (Configuration.AffinityMode.ClientIp or Configuration.AffinityMode.None) };
    }
}
