using Microsoft.AspNetCore.Http;
using Proxy.Nodes;
using Proxy.Routers;

namespace Proxy.FunctionalTests.Routers.Samples;

/// <summary>Nodes of the client's region, named <c>east-1</c>, <c>east-2</c> and so on, where there are any; which of them, another router decides.</summary>
public sealed class RegionRouter(INegotiateRouter inner) : NegotiateRouterDecorator(inner)
{
    public override string Name => "region";

    public override GatewayNode? PickOwner(HttpContext context, IReadOnlyList<GatewayNode> candidates) => base.PickOwner(context, Near(context, candidates));

    // For POST /affinity/explain: the same question without a decision.
    public override IReadOnlyList<double>? GetShares(HttpContext context, IReadOnlyList<GatewayNode> candidates)
    {
        var near = Near(context, candidates);
        var shares = base.GetShares(context, near);
        return shares is null ? null : [.. candidates.Select(node => near.Contains(node) ? shares[near.IndexOf(node)] : 0)];
    }

    private static List<GatewayNode> Near(HttpContext context, IReadOnlyList<GatewayNode> candidates)
    {
        var region = context.Request.Headers["X-Region"].ToString() + "-";
        var near = candidates.Where(node => node.Name.StartsWith(region, StringComparison.OrdinalIgnoreCase)).ToList();
        return near.Count > 0 ? near : [.. candidates];
    }
}
