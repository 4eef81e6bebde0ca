using Proxy.Nodes;

namespace Proxy.Routers;

/// <summary>The node with the fewest live connections for its weight; chance decides between equals.</summary>
/// <remarks>Logical connections, not requests: a long-polling client is one connection whether or not a poll is pending.</remarks>
internal sealed class LeastConnectionsRouter : INegotiateRouter
{
    public string Name => "least-connections";

    public GatewayNode? PickOwner(HttpContext context, IReadOnlyList<GatewayNode> candidates)
    {
        var best = candidates[0];
        var bestLoad = Load(best);
        var equals = 1;
        for (var i = 1; i < candidates.Count; i++)
        {
            var load = Load(candidates[i]);
            if (load < bestLoad)
            {
                (best, bestLoad, equals) = (candidates[i], load, 1);
            }
            else if (load == bestLoad && Random.Shared.Next(++equals) == 0)
            {
                best = candidates[i];
            }
        }

        return best;
    }

    public IReadOnlyList<double> GetShares(HttpContext context, IReadOnlyList<GatewayNode> candidates)
    {
        var loads = candidates.Select(Load).ToArray();
        var least = loads.Min();
        var equals = loads.Count(load => load == least);
        return [.. loads.Select(load => load == least ? 1d / equals : 0d)];
    }

    // Counting the connection that is to be opened: an empty node under slow start must not look like the best choice whatever its weight.
    private static double Load(GatewayNode node) => (node.Metrics.ClientConnectionCount + 1) / node.ShareWeight;
}
