using Proxy.Nodes;

namespace Proxy.Routers;

/// <summary>Chooses the hub node that will own a new connection.</summary>
/// <remarks>
/// Asked once per negotiate, per WebSocket handshake without negotiation and per page of a client that has no cookie; never for a request that
/// has an owner. Register an implementation as a singleton and name it in <c>Gateway:Router</c>. Must be thread-safe.
/// </remarks>
public interface INegotiateRouter
{
    /// <summary>Name used by <c>Gateway:Router</c>; compared without case.</summary>
    string Name { get; }

    /// <summary>Picks the owner.</summary>
    /// <param name="context">The request that opens the connection. A router that refuses it sets a status of 400 or above and returns
    /// <see langword="null"/>; it never writes a body.</param>
    /// <param name="candidates">Online nodes of the best tier; never empty.</param>
    /// <returns>One of the candidates, or <see langword="null"/> for the status that was set, else 503.</returns>
    GatewayNode? PickOwner(HttpContext context, IReadOnlyList<GatewayNode> candidates);

    /// <summary>The chance of each candidate, for <c>/affinity/explain</c>: nothing may advance or be counted here.</summary>
    /// <param name="context">The request to explain.</param>
    /// <param name="candidates">As for <see cref="PickOwner"/>.</param>
    /// <returns>A share for each candidate, adding up to 1; one of them 1 where chance decides nothing. <see langword="null"/>: not known.</returns>
    IReadOnlyList<double>? GetShares(HttpContext context, IReadOnlyList<GatewayNode> candidates) => null;
}
