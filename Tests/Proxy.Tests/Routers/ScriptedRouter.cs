using Proxy.Nodes;
using Proxy.Routers;

namespace Proxy.Tests.Routers;

/// <summary>A router as somebody outside would write it.</summary>
internal sealed class ScriptedRouter(string name, Func<HttpContext, IReadOnlyList<GatewayNode>, GatewayNode?> pick) : INegotiateRouter
{
    public string Name => name;

    public GatewayNode? PickOwner(HttpContext context, IReadOnlyList<GatewayNode> candidates) => pick(context, candidates);
}
