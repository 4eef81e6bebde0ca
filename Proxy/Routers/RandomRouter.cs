using Proxy.Nodes;

namespace Proxy.Routers;

/// <summary>By chance alone, in proportion to the nodes' weights.</summary>
internal sealed class RandomRouter : INegotiateRouter
{
    public string Name => "random";

    public GatewayNode? PickOwner(HttpContext context, IReadOnlyList<GatewayNode> candidates) =>
        WeightedChoice.ByWeight(candidates, static node => node.ShareWeight);

    public IReadOnlyList<double> GetShares(HttpContext context, IReadOnlyList<GatewayNode> candidates) =>
        WeightedChoice.Shares(candidates, static node => node.ShareWeight);
}
