using Microsoft.AspNetCore.Http;
using Proxy.Nodes;
using Proxy.Routers;

namespace Proxy.FunctionalTests.Routers.Samples;

/// <summary>The client names the node: <c>/chat/negotiate?endpoint=east</c>. Without a name 400; for a node that is not there the default decides.</summary>
public sealed class EndpointNameRouter : NegotiateRouterDecorator
{
    public override string Name => "endpoint-name";

    public override GatewayNode? PickOwner(HttpContext context, IReadOnlyList<GatewayNode> candidates)
    {
        var wanted = context.Request.Query["endpoint"].ToString();
        if (wanted.Length == 0)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return null;
        }

        return candidates.FirstOrDefault(node => node.Name == wanted) ?? base.PickOwner(context, candidates);
    }

    // For POST /affinity/explain, where nothing may be drawn and no status set: not known.
    public override IReadOnlyList<double>? GetShares(HttpContext context, IReadOnlyList<GatewayNode> candidates) => null;
}
