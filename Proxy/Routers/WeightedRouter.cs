using Proxy.Nodes;

namespace Proxy.Routers;

/// <summary>The Azure SignalR SDK's default rule: by remaining capacity, at least 1 in 1000; uniform as soon as one capacity is unknown.</summary>
/// <remarks>Source: DefaultEndpointRouter of Azure/azure-signalr. A node's own <c>Weight</c> multiplies either.</remarks>
internal sealed class WeightedRouter : INegotiateRouter
{
    private const int Scale = 1000;

    public string Name => "weighted";

    public GatewayNode? PickOwner(HttpContext context, IReadOnlyList<GatewayNode> candidates) =>
        candidates.Count == 1 ? candidates[0] : WeightedChoice.ByWeight(candidates, WeightFor(candidates));

    public IReadOnlyList<double> GetShares(HttpContext context, IReadOnlyList<GatewayNode> candidates) =>
        WeightedChoice.Shares(candidates, WeightFor(candidates));

    private static Func<GatewayNode, double> WeightFor(IReadOnlyList<GatewayNode> candidates)
    {
        for (var i = 0; i < candidates.Count; i++)
        {
            if (candidates[i].Metrics.ConnectionCapacity == 0)
            {
                return static node => node.ShareWeight;
            }
        }

        return static node => RemainingWeight(node.Metrics) * node.ShareWeight;
    }

    /// <summary>The SDK's weight of a node: thousandths of its capacity that are free, cut to a whole number, never below 1.</summary>
    internal static int RemainingWeight(NodeMetrics metrics)
    {
        var remaining = (double)(metrics.ConnectionCapacity - metrics.ClientConnectionCount) / metrics.ConnectionCapacity;
        return Math.Max((int)(remaining * Scale), 1);
    }
}
