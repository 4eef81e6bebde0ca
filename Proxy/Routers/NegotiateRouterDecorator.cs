using Proxy.Nodes;

namespace Proxy.Routers;

/// <summary>Base for routers that change what another router does.</summary>
/// <param name="inner">The router that decides where the derived one does not.</param>
public abstract class NegotiateRouterDecorator(INegotiateRouter inner) : INegotiateRouter
{
    /// <summary>Changes what the default router does, which is <c>weighted</c>.</summary>
    protected NegotiateRouterDecorator()
        : this(new WeightedRouter())
    {
    }

    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <summary>The router that is changed.</summary>
    protected INegotiateRouter Inner { get; } = inner;

    /// <inheritdoc/>
    public virtual GatewayNode? PickOwner(HttpContext context, IReadOnlyList<GatewayNode> candidates) => Inner.PickOwner(context, candidates);

    /// <inheritdoc/>
    public virtual IReadOnlyList<double>? GetShares(HttpContext context, IReadOnlyList<GatewayNode> candidates) => Inner.GetShares(context, candidates);
}
