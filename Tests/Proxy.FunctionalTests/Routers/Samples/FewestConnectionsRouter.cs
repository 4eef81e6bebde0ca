using Microsoft.AspNetCore.Http;
using Proxy.Nodes;
using Proxy.Routers;

namespace Proxy.FunctionalTests.Routers.Samples;

/// <summary>The node with the fewest client connections.</summary>
public sealed class FewestConnectionsRouter : INegotiateRouter
{
    public string Name => "fewest-connections";

    public GatewayNode? PickOwner(HttpContext context, IReadOnlyList<GatewayNode> candidates) => candidates.MinBy(node => node.Metrics.ClientConnectionCount);
}
