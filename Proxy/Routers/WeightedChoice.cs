using Proxy.Nodes;

namespace Proxy.Routers;

/// <summary>Picks by weight.</summary>
internal static class WeightedChoice
{
    /// <summary>One candidate, with a chance in proportion to its weight.</summary>
    /// <param name="candidates">Never empty.</param>
    /// <param name="weightOf">Weight of a candidate, above 0.</param>
    public static GatewayNode ByWeight(IReadOnlyList<GatewayNode> candidates, Func<GatewayNode, double> weightOf)
    {
        var total = 0d;
        for (var i = 0; i < candidates.Count; i++)
        {
            total += weightOf(candidates[i]);
        }

        var drawn = Random.Shared.NextDouble() * total;
        for (var i = 0; i < candidates.Count - 1; i++)
        {
            drawn -= weightOf(candidates[i]);
            if (drawn < 0)
            {
                return candidates[i];
            }
        }

        return candidates[^1];
    }

    /// <summary>The chances that <see cref="ByWeight"/> gives.</summary>
    public static IReadOnlyList<double> Shares(IReadOnlyList<GatewayNode> candidates, Func<GatewayNode, double> weightOf)
    {
        var total = candidates.Sum(weightOf);
        return [.. candidates.Select(node => weightOf(node) / total)];
    }

    /// <summary>The shares where one node is certain to be picked.</summary>
    public static IReadOnlyList<double> Certain(IReadOnlyList<GatewayNode> candidates, GatewayNode picked) =>
        [.. candidates.Select(node => ReferenceEquals(node, picked) ? 1d : 0d)];
}
