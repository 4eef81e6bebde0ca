using System.Buffers;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using Proxy.Nodes;

namespace Proxy.Routers;

/// <summary>Rendezvous hashing: every node is scored against the key, the highest wins. Adding or removing one of n nodes moves 1/n of the keys.</summary>
internal static class Rendezvous
{
    /// <summary>The node of a key; the same for every replica that knows the same nodes.</summary>
    public static GatewayNode Pick(ReadOnlySpan<byte> key, IReadOnlyList<GatewayNode> candidates)
    {
        var best = candidates[0];
        var bestScore = double.NegativeInfinity;
        for (var i = 0; i < candidates.Count; i++)
        {
            var score = Score(key, candidates[i]);
            if (score > bestScore)
            {
                (best, bestScore) = (candidates[i], score);
            }
        }

        return best;
    }

    public static GatewayNode Pick(string key, IReadOnlyList<GatewayNode> candidates)
    {
        var length = Encoding.UTF8.GetMaxByteCount(key.Length);
        var rented = ArrayPool<byte>.Shared.Rent(length);
        var picked = Pick(rented.AsSpan(0, Encoding.UTF8.GetBytes(key, rented)), candidates);
        ArrayPool<byte>.Shared.Return(rented);
        return picked;
    }

    // Weighted rendezvous: -w / ln(u) with u uniform in (0, 1) lets each node win in proportion to its weight
    // (Schindelhauer and Schomaker, "Weighted distributed hash tables", 2005).
    private static double Score(ReadOnlySpan<byte> key, GatewayNode node)
    {
        var seed = (long)XxHash3.HashToUInt64(MemoryMarshal.AsBytes(node.AffinityKey.AsSpan()));
        var hash = XxHash3.HashToUInt64(key, seed);
        var uniform = ((hash >> 11) + 0.5) / (1UL << 53);
        return -node.Weight / Math.Log(uniform);
    }
}
