using System.Runtime.CompilerServices;
using Proxy.Nodes;

namespace Proxy.Routers;

/// <summary>In turn, each node as often as its weight says, spread out: nginx's "smooth weighted" order.</summary>
internal sealed class RoundRobinRouter : INegotiateRouter
{
    private readonly Lock _gate = new();
    private readonly ConditionalWeakTable<NodeState, StrongBox<double>> _credits = [];

    public string Name => "round-robin";

    public GatewayNode? PickOwner(HttpContext context, IReadOnlyList<GatewayNode> candidates)
    {
        lock (_gate)
        {
            // In each turn every node earns its weight; the node with the most credit is picked, and pays the sum of what all have earned.
            var total = 0d;
            GatewayNode? richest = null;
            StrongBox<double>? richestCredit = null;
            for (var i = 0; i < candidates.Count; i++)
            {
                var credit = _credits.GetOrCreateValue(candidates[i].State);
                credit.Value += candidates[i].ShareWeight;
                total += candidates[i].ShareWeight;
                if (richestCredit is null || credit.Value > richestCredit.Value)
                {
                    (richest, richestCredit) = (candidates[i], credit);
                }
            }

            richestCredit!.Value -= total;
            return richest;
        }
    }

    /// <summary>The shares over time; which node is next depends on the requests before.</summary>
    public IReadOnlyList<double> GetShares(HttpContext context, IReadOnlyList<GatewayNode> candidates) =>
        WeightedChoice.Shares(candidates, static node => node.ShareWeight);
}
