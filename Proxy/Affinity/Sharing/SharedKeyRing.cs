using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Proxy.Nodes;
using Proxy.Requests;

namespace Proxy.Affinity.Sharing;

/// <summary>What replicas write about an id: a hash in place of the id, and its owner with a proof that a gateway wrote it.</summary>
/// <remarks>
/// Without <c>Affinity:Keys</c> the hashes are plain, so that replicas agree with no set-up, and nothing proves anything. The owner is named by its
/// affinity key, never by an address: whoever can write into the store cannot lead a client to a place that is not configured.
/// </remarks>
internal sealed class SharedKeyRing(IReadOnlyList<string> keys)
{
    private const string Prefix = "sticky-signalr:";
    private const string Version = "1";
    private const int HashBytes = 16;

    private static readonly IReadOnlyList<string?> NoKey = [null];

    private readonly (byte[]? ForIds, byte[]? ForOwners)[] _keys = [.. (keys.Count > 0 ? keys : NoKey).Select(
        key => (Derive("shared-id", key), Derive("shared-owner", key)))];

    /// <summary>The keys that it was made of.</summary>
    public IReadOnlyList<string> Keys { get; } = keys;

    /// <summary>The names that an id may have in the store; new entries get the first.</summary>
    public string[] NamesOf(ReadOnlySpan<byte> id)
    {
        var names = new string[_keys.Length];
        for (var i = 0; i < names.Length; i++)
        {
            names[i] = Prefix + Hash(_keys[i].ForIds, id);
        }

        return names;
    }

    /// <summary>What is written about an id.</summary>
    /// <param name="name">The first of <see cref="NamesOf"/>.</param>
    /// <param name="clusterId">The cluster of the owner.</param>
    /// <param name="owner">The node.</param>
    public string ValueOf(string name, string clusterId, GatewayNode owner)
    {
        var text = $"{clusterId}\n{owner.AffinityKey}";
        return $"{Version}\n{Proof(_keys[0].ForOwners, name, text)}\n{text}";
    }

    /// <summary>The owner that a value names, whatever its health.</summary>
    /// <param name="position">Which of <see cref="NamesOf"/> the value was found under.</param>
    /// <param name="name">That name.</param>
    /// <param name="value">The value.</param>
    /// <param name="snapshot">The cluster that is asked for; the entry of another is none.</param>
    /// <param name="isForged">Nobody who has the key has written this.</param>
    public GatewayNode? FindOwner(int position, string name, string value, ClusterSnapshot snapshot, out bool isForged)
    {
        isForged = true;
        if (value.Split('\n', 4) is not [Version, var proof, var clusterId, var affinityKey]
            || !CryptographicOperations.FixedTimeEquals(
                Encoding.UTF8.GetBytes(proof), Encoding.UTF8.GetBytes(Proof(_keys[position].ForOwners, name, $"{clusterId}\n{affinityKey}"))))
        {
            return null;
        }

        isForged = false;

        // By the tag, so that here and there the same nodes answer to a name: renamed ones too, forgotten ones not.
        return string.Equals(clusterId, snapshot.ClusterId, StringComparison.OrdinalIgnoreCase) ? snapshot.FindByAffinityKey(affinityKey) : null;
    }

    private static string Proof(byte[]? key, string name, string text) => key is null ? "-" : Hash(key, Encoding.UTF8.GetBytes($"{name}\n{text}"));

    private static string Hash(byte[]? key, ReadOnlySpan<byte> message)
    {
        Span<byte> hash = stackalloc byte[KeyedHash.Size];
        KeyedHash.Compute(key, message, hash);

        return Base64Url.EncodeToString(hash[..HashBytes]);
    }

    private static byte[]? Derive(string purpose, string? key) => key is null ? null : SHA256.HashData(Encoding.UTF8.GetBytes($"{purpose}\0{key}"));
}
