using Proxy.Configuration;
using Proxy.Nodes;

namespace Proxy.Routers;

/// <summary><c>query:NAME</c> and <c>header:NAME</c>: the client names the node.</summary>
/// <param name="name">The router's full name.</param>
/// <param name="source">Where the node's name comes from.</param>
/// <param name="miss">What to do without a usable name.</param>
/// <param name="fallback">Decides under <see cref="RouterMiss.Fallback"/>.</param>
internal sealed class NamedNodeRouter(string name, RequestValue source, RouterMiss miss, INegotiateRouter fallback) : INegotiateRouter, IValueRouter
{
    public string Name => name;

    public RequestValue Source => source;

    public GatewayNode? PickOwner(HttpContext context, IReadOnlyList<GatewayNode> candidates)
    {
        if (Find(context, candidates) is { } named)
        {
            return named;
        }

        if (miss is RouterMiss.Fallback)
        {
            return fallback.PickOwner(context, candidates);
        }

        context.Response.StatusCode = StatusCodes.Status400BadRequest;
        return null;
    }

    public IReadOnlyList<double>? GetShares(HttpContext context, IReadOnlyList<GatewayNode> candidates)
    {
        if (Find(context, candidates) is { } named)
        {
            return WeightedChoice.Certain(candidates, named);
        }

        return miss is RouterMiss.Fallback ? fallback.GetShares(context, candidates) : [.. candidates.Select(_ => 0d)];
    }

    private GatewayNode? Find(HttpContext context, IReadOnlyList<GatewayNode> candidates)
    {
        var wanted = source.Read(context);
        for (var i = 0; i < candidates.Count; i++)
        {
            if (string.Equals(candidates[i].Name, wanted, StringComparison.OrdinalIgnoreCase))
            {
                return candidates[i];
            }
        }

        return null;
    }

    /// <summary>All routers that read a node's name.</summary>
    internal sealed class Family : IRouterFamily
    {
        public IReadOnlyList<string> Forms { get; } = ["query:NAME", "header:NAME"];

        public INegotiateRouter? Create(string name, RouterMiss miss, INegotiateRouter fallback) =>
            RequestValue.TryParse(name) is { IsClientAddress: false } source ? new NamedNodeRouter(name, source, miss, fallback) : null;
    }
}
