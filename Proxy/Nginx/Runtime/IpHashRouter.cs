using Proxy.Affinity;
using Proxy.Nodes;
using Proxy.Routers;

namespace Proxy.Nginx.Runtime;

/// <summary><c>ip_hash</c>: the first three octets of an IPv4 address, or the whole IPv6 address, always give one node.</summary>
internal sealed class IpHashRouter : INegotiateRouter
{
    public string Name => "ip_hash";

    public GatewayNode? PickOwner(HttpContext context, IReadOnlyList<GatewayNode> candidates) => Rendezvous.Pick(ClientIpKey.Of(context), candidates);

    public IReadOnlyList<double>? GetShares(HttpContext context, IReadOnlyList<GatewayNode> candidates) =>
        WeightedChoice.Certain(candidates, Rendezvous.Pick(ClientIpKey.Of(context), candidates));
}
