using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Proxy.Requests;

/// <summary>The suffix <c>.g1{tag}</c> that names a connection's owner inside its connection token.</summary>
/// <remarks>
/// A routing hint, not a credential: the node still checks the 128 random bits in front of it. Its characters survive being put into a
/// query unencoded, as SignalR's clients do. The version in the prefix leaves room for another form.
/// </remarks>
internal static class Tag
{
    /// <summary>The only query parameter in which a tag is looked for, whatever the protocol.</summary>
    public const string Parameter = "id";

    /// <summary>What stands between the node's token and the tag.</summary>
    public const string Prefix = ".g1";

    /// <summary>Characters of a tag: base64url of eight bytes.</summary>
    public const int Length = 11;

    /// <summary>Characters that tagging adds to a token.</summary>
    public const int SuffixLength = 3 + Length;

    private const int HashBytes = 8;

    private static readonly SearchValues<char> TagCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <summary>Tag of one node under one key.</summary>
    /// <param name="key">A secret, or <see langword="null"/> for the plain hash that replicas agree on with no set-up.</param>
    /// <param name="clusterId">The YARP cluster.</param>
    /// <param name="affinityKey">The node's stable identity.</param>
    public static string Compute(string? key, string clusterId, string affinityKey) => Base64Url.EncodeToString(Hash(key, "", clusterId, affinityKey));

    /// <summary>First eight bytes of the hash of a node; <paramref name="purpose"/> keeps a tag and a cookie from revealing each other.</summary>
    public static byte[] Hash(string? key, string purpose, string clusterId, string affinityKey)
    {
        Span<byte> hash = stackalloc byte[KeyedHash.Size];
        KeyedHash.Compute(key is null ? null : Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes($"{purpose}{clusterId}\0{affinityKey}"), hash);
        return hash[..HashBytes].ToArray();
    }

    /// <summary>Finds a well-formed suffix at the end of a raw query value.</summary>
    /// <param name="rawValue">The value as it came; parts of it may be percent-encoded.</param>
    /// <param name="tag">At least <see cref="Length"/> characters; receives the tag.</param>
    /// <param name="suffixStart">Where the suffix starts in <paramref name="rawValue"/>: cut here to get the node's token.</param>
    public static bool TryFind(ReadOnlySpan<char> rawValue, Span<char> tag, out int suffixStart)
    {
        if (rawValue.Length >= SuffixLength && !rawValue.Contains('%'))
        {
            suffixStart = rawValue.Length - SuffixLength;
            var suffix = rawValue[suffixStart..];
            if (suffix.StartsWith(Prefix, StringComparison.Ordinal) && !suffix[Prefix.Length..].ContainsAnyExcept(TagCharacters))
            {
                suffix[Prefix.Length..].CopyTo(tag);
                return true;
            }

            return false;
        }

        return TryFindEncoded(rawValue, tag, out suffixStart);
    }

    private static bool TryFindEncoded(ReadOnlySpan<char> rawValue, Span<char> tag, out int suffixStart)
    {
        Span<char> suffix = stackalloc char[SuffixLength];
        var at = SuffixLength;
        suffixStart = rawValue.Length;
        while (at > 0 && suffixStart > 0)
        {
            if (suffixStart >= 3 && rawValue[suffixStart - 3] == '%' && PercentEncoding.TryReadEscape(rawValue[(suffixStart - 3)..], out var octet))
            {
                suffix[--at] = (char)octet;
                suffixStart -= 3;
            }
            else
            {
                suffix[--at] = rawValue[--suffixStart];
            }
        }

        if (at > 0 || !suffix.StartsWith(Prefix, StringComparison.Ordinal) || suffix[Prefix.Length..].ContainsAnyExcept(TagCharacters))
        {
            return false;
        }

        suffix[Prefix.Length..].CopyTo(tag);
        return true;
    }
}
