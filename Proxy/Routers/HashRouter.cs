using Proxy.Configuration;
using Proxy.Nodes;

namespace Proxy.Routers;

/// <summary><c>hash:ip</c>, <c>hash:query:NAME</c>, <c>hash:header:NAME</c>: one value of the request always gives one node.</summary>
/// <param name="name">The router's full name.</param>
/// <param name="source">Where the value comes from.</param>
/// <param name="fallback">Decides for requests without the value.</param>
internal sealed class HashRouter(string name, RequestValue source, INegotiateRouter fallback) : INegotiateRouter, IValueRouter
{
    public string Name => name;

    public RequestValue Source => source;

    public GatewayNode? PickOwner(HttpContext context, IReadOnlyList<GatewayNode> candidates) =>
        source.Read(context) is { Length: > 0 } value ? Rendezvous.Pick(value, candidates) : fallback.PickOwner(context, candidates);

    public IReadOnlyList<double>? GetShares(HttpContext context, IReadOnlyList<GatewayNode> candidates) =>
        source.Read(context) is { Length: > 0 } value
            ? WeightedChoice.Certain(candidates, Rendezvous.Pick(value, candidates))
            : fallback.GetShares(context, candidates);

    /// <summary>All hash routers.</summary>
    internal sealed class Family : IRouterFamily
    {
        private const string Prefix = "hash:";

        public IReadOnlyList<string> Forms { get; } = ["hash:ip", "hash:query:NAME", "hash:header:NAME"];

        public INegotiateRouter? Create(string name, RouterMiss miss, INegotiateRouter fallback) =>
            name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) && RequestValue.TryParse(name[Prefix.Length..]) is { } source
                ? new HashRouter(name, source, fallback)
                : null;
    }
}
