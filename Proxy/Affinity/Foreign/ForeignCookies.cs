using System.Text;
using Microsoft.Extensions.Primitives;
using Proxy.Configuration;
using Proxy.Nodes;
using Proxy.Requests;

namespace Proxy.Affinity.Foreign;

/// <summary>The cookies of other proxies that a cluster honours.</summary>
internal sealed class ForeignCookies
{
    private readonly ForeignCookie[] _cookies;

    private ForeignCookies(ForeignCookie[] cookies)
    {
        _cookies = cookies;
        HasPrefixes = Array.Exists(cookies, static cookie => cookie.Kind is ForeignCookieKind.HaproxyPrefix);
    }

    /// <summary>Whether a cookie of the application may have something in front of its value that the node must not see.</summary>
    public bool HasPrefixes { get; }

    /// <summary>The cookies of a cluster, or <see langword="null"/> where none are configured.</summary>
    public static ForeignCookies? Create(IReadOnlyList<ForeignCookieOptions> cookies, IReadOnlyList<GatewayNode> nodes) =>
        cookies.Count == 0 ? null : new([.. cookies.Select(cookie => new ForeignCookie(cookie, nodes))]);

    /// <summary>The node that one of the request's cookies names.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cookie">The first of the configured cookies that names one.</param>
    public GatewayNode? Find(HttpRequest request, out ForeignCookie? cookie)
    {
        foreach (var candidate in _cookies)
        {
            var pairs = new CookiePairs(request.Headers.Cookie);
            while (pairs.MoveNext())
            {
                if (pairs.Name.SequenceEqual(candidate.Name) && candidate.Find(pairs.Value) is { } node)
                {
                    cookie = candidate;
                    return node;
                }
            }
        }

        cookie = null;
        return null;
    }

    /// <summary>The place of a cookie in the configuration, beginning with 1.</summary>
    public int PlaceOf(ForeignCookie cookie) => Array.IndexOf(_cookies, cookie) + 1;

    /// <summary>A pair of a Cookie field by which the cookie at a place names a node, or <see langword="null"/> when there is none.</summary>
    public string? PairOf(int place, GatewayNode node) => place > _cookies.Length ? null : _cookies[place - 1].PairOf(node);

    /// <summary>A Cookie field as the application has made it: without what HAProxy has put in front of its values.</summary>
    public string? WithoutPrefixes(string? field)
    {
        if (!HasPrefixes || field is null)
        {
            return field;
        }

        StringBuilder? changed = null;
        var copied = 0;
        for (var start = 0; start < field.Length;)
        {
            var length = field.AsSpan(start).IndexOfAny(';', ',');
            var end = length < 0 ? field.Length : start + length;
            var equals = field.AsSpan(start, end - start).IndexOf('=');
            if (equals > 0 && PrefixLength(field.AsSpan(start, equals).Trim(), field.AsSpan((start + equals + 1)..end)) is > 0 and var prefix)
            {
                (changed ??= new StringBuilder(field.Length)).Append(field, copied, start + equals + 1 - copied);
                copied = start + equals + 1 + prefix;
            }

            start = end + 1;
        }

        return changed?.Append(field, copied, field.Length - copied).ToString() ?? field;
    }

    /// <inheritdoc cref="WithoutPrefixes(string?)"/>
    public StringValues WithoutPrefixes(StringValues fields)
    {
        var plain = new string?[fields.Count];
        for (var i = 0; i < plain.Length; i++)
        {
            plain[i] = WithoutPrefixes(fields[i]);
        }

        return plain;
    }

    private int PrefixLength(ReadOnlySpan<char> name, ReadOnlySpan<char> value)
    {
        foreach (var cookie in _cookies)
        {
            if (name.SequenceEqual(cookie.Name) && cookie.PrefixLength(value) is > 0 and var length)
            {
                return length;
            }
        }

        return 0;
    }
}
