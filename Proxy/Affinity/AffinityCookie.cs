using System.Buffers.Text;
using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using Proxy.Configuration;
using Proxy.Nodes;
using Proxy.Requests;

namespace Proxy.Affinity;

/// <summary>Reads and writes the cookie that prefers a node: <c>v1.</c> and base64url of a nonce and the node's hash, masked by the nonce.</summary>
/// <remarks>
/// The mask makes every client's value different: a value does not show which node it names, and two clients cannot find out by comparing theirs whether they
/// share a node.
/// Resolving it costs one hash and one look-up for each accepted key, however many nodes there are. With a key only a gateway can make a value.
/// </remarks>
internal sealed class AffinityCookie
{
    private const string Version = "v1.";
    private const string Purpose = "cookie\0";
    private const int NonceBytes = 8;
    private const int HashBytes = 8;

    /// <summary>What nginx writes for <c>expires=max</c> (ngx_http_headers_filter_module: "Thu, 31 Dec 2037 23:55:55 GMT").</summary>
    private static readonly DateTimeOffset Max = new(2037, 12, 31, 23, 55, 55, TimeSpan.Zero);

    private readonly AffinityCookieOptions _options;
    private readonly string _name;
    private readonly string? _formerName;
    private readonly CookieExpiry _expiry;
    private readonly List<(byte[]? Key, FrozenDictionary<ulong, GatewayNode> Nodes)> _rings;
    private readonly Dictionary<NodeState, ulong> _signing;

    public AffinityCookie(string clusterId, AffinityOptions options, IReadOnlyList<GatewayNode> nodes)
    {
        _options = options.Cookie;
        _name = _options.NameFor(clusterId);
        _formerName = _options.Name is null && _name != AffinityCookieOptions.DefaultName ? AffinityCookieOptions.DefaultName : null;
        _expiry = CookieExpiry.TryParse(options.Cookie.Expires, out var expiry) ? expiry : default;
        var keys = options.Keys is { Count: > 0 } ? options.Keys : [null!];
        _rings = [.. keys.Select(key => (KeyBytes(key), Ring(key, clusterId, nodes)))];
        _signing = nodes.ToDictionary(node => node.State, node => ToNumber(Tag.Hash(keys[0], Purpose, clusterId, node.AffinityKey)));
    }

    /// <summary>The name under which it is written.</summary>
    public string Name => _name;

    /// <summary>Whether clients get the cookie at all.</summary>
    public bool Enabled => _options.Enabled;

    /// <summary>Whether the cookie is sent again with every answer to a request without an id, so that its lifetime starts again.</summary>
    public bool IsSliding => _expiry.After is not null;

    /// <summary>Finds the node that one of the request's cookies names; broken and foreign values count as none.</summary>
    /// <param name="request">The request.</param>
    /// <param name="isCurrent">Whether a new value would say the same: neither the key nor the node's name has changed since.</param>
    public GatewayNode? Find(HttpRequest request, out bool isCurrent)
    {
        isCurrent = false;
        if (!Enabled)
        {
            return null;
        }

        var pairs = new CookiePairs(request.Headers.Cookie);
        while (pairs.MoveNext())
        {
            if ((pairs.Name.SequenceEqual(_name) || (_formerName is not null && pairs.Name.SequenceEqual(_formerName)))
                && Resolve(pairs.Value, out isCurrent) is { } node)
            {
                return node;
            }
        }

        return null;
    }

    /// <summary>The Set-Cookie value that binds a client to a node.</summary>
    /// <param name="node">The node.</param>
    /// <param name="isHttps">Whether the client came by HTTPS.</param>
    /// <param name="now">The time that a lifetime counts from.</param>
    public string Create(GatewayNode node, bool isHttps, DateTimeOffset now)
    {
        var text = new StringBuilder(128).Append(_name).Append('=').Append(CreateValue(node));
        if (_expiry.After is { } lifetime)
        {
            text.Append("; Max-Age=").Append((long)lifetime.TotalSeconds).Append("; Expires=").Append((now + lifetime).ToString("R"));
        }
        else if (_expiry.IsMax)
        {
            text.Append("; Expires=").Append(Max.ToString("R"));
        }

        if (!string.IsNullOrEmpty(_options.Domain))
        {
            text.Append("; Domain=").Append(_options.Domain);
        }

        text.Append("; Path=").Append(_options.Path);
        if (_options.HttpOnly)
        {
            text.Append("; HttpOnly");
        }

        if (_options.SecurePolicy is CookieSecure.Always || (_options.SecurePolicy is CookieSecure.SameAsRequest && isHttps))
        {
            text.Append("; Secure");
        }

        if (_options.SameSite is not CookieSameSite.Unspecified)
        {
            text.Append("; SameSite=").Append(_options.SameSite);
        }

        return _options.Partitioned ? text.Append("; Partitioned").ToString() : text.ToString();
    }

    private string CreateValue(GatewayNode node)
    {
        Span<byte> value = stackalloc byte[NonceBytes + HashBytes];
        RandomNumberGenerator.Fill(value[..NonceBytes]);
        BitConverter.TryWriteBytes(value[NonceBytes..], _signing[node.State] ^ Mask(_rings[0].Key, value[..NonceBytes]));
        return Version + Base64Url.EncodeToString(value);
    }

    private GatewayNode? Resolve(ReadOnlySpan<char> value, out bool isCurrent)
    {
        isCurrent = false;
        Span<byte> bytes = stackalloc byte[NonceBytes + HashBytes];
        if (value.Length != Version.Length + 22
            || !value.StartsWith(Version, StringComparison.Ordinal)
            || !Base64Url.IsValid(value[Version.Length..])
            || !Base64Url.TryDecodeFromChars(value[Version.Length..], bytes, out var written)
            || written != bytes.Length)
        {
            return null;
        }

        foreach (var (key, nodes) in _rings)
        {
            var hash = ToNumber(bytes[NonceBytes..]) ^ Mask(key, bytes[..NonceBytes]);
            if (nodes.TryGetValue(hash, out var node))
            {
                isCurrent = _signing[node.State] == hash;
                return node;
            }
        }

        return null;
    }

    private static FrozenDictionary<ulong, GatewayNode> Ring(string? key, string clusterId, IReadOnlyList<GatewayNode> nodes)
    {
        var ring = new Dictionary<ulong, GatewayNode>();
        foreach (var (affinityKey, node) in ClusterSnapshot.AffinityKeys(nodes))
        {
            ring.TryAdd(ToNumber(Tag.Hash(key, Purpose, clusterId, affinityKey)), node);
        }

        return ring.ToFrozenDictionary();
    }

    private static byte[]? KeyBytes(string? key) => key is null ? null : Encoding.UTF8.GetBytes(key);

    private static ulong Mask(byte[]? key, ReadOnlySpan<byte> nonce)
    {
        Span<byte> hash = stackalloc byte[KeyedHash.Size];
        KeyedHash.Compute(key, nonce, hash);

        return ToNumber(hash);
    }

    private static ulong ToNumber(ReadOnlySpan<byte> bytes) => BitConverter.ToUInt64(bytes);
}
