using System.Collections.Frozen;
using Proxy.Configuration;
using Proxy.Nodes;

namespace Proxy.Affinity.Foreign;

/// <summary>One cookie of another proxy, with the values that name this cluster's nodes.</summary>
internal sealed class ForeignCookie
{
    /// <summary>HAProxy (src/http_ana.c): what follows in the value is the time of the client's last and first visit.</summary>
    private const char DateDelimiter = '|';

    /// <summary>HAProxy: what follows in the value is the application's own.</summary>
    private const char PrefixDelimiter = '~';

    private readonly FrozenDictionary<string, GatewayNode?> _nodes;
    private readonly FrozenDictionary<string, GatewayNode?>.AlternateLookup<ReadOnlySpan<char>> _lookup;

    public ForeignCookie(ForeignCookieOptions options, IReadOnlyList<GatewayNode> nodes)
    {
        (Name, Kind) = (options.Cookie!, options.Kind!.Value);

        var values = new Dictionary<string, GatewayNode?>(Kind is ForeignCookieKind.Arr ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
        foreach (var group in nodes.GroupBy(static node => node.Precedence).OrderBy(static group => group.Key))
        {
            // Of two nodes with one value neither has it, unless one of them is the other's successor.
            foreach (var same in group.SelectMany(node => ValuesOf(node, options), static (node, value) => (Value: value, Node: node))
                .GroupBy(static pair => pair.Value, static pair => pair.Node, values.Comparer))
            {
                values.TryAdd(same.Key, same.Count() == 1 ? same.First() : null);
            }
        }

        _nodes = values.ToFrozenDictionary(values.Comparer);
        _lookup = _nodes.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public string Name { get; }

    public ForeignCookieKind Kind { get; }

    /// <summary>The node that a value names.</summary>
    public GatewayNode? Find(ReadOnlySpan<char> value)
    {
        switch (Kind)
        {
            case ForeignCookieKind.Haproxy or ForeignCookieKind.HaproxyDynamic when value.IndexOf(DateDelimiter) is >= 0 and var dates:
                value = value[..dates];
                break;
            case ForeignCookieKind.HaproxyPrefix:
                value = value[..Math.Max(PrefixLength(value) - 1, 0)];
                break;
        }

        return _lookup.TryGetValue(value, out var node) ? node : null;
    }

    /// <summary>How much of a value HAProxy has put in front of the application's own; 0 where it has not.</summary>
    public int PrefixLength(ReadOnlySpan<char> value)
    {
        var end = Kind is ForeignCookieKind.HaproxyPrefix ? value.IndexOf(PrefixDelimiter) : -1;
        return end > 0 && _lookup.ContainsKey(value[..end]) ? end + 1 : 0;
    }

    /// <summary>A pair of a Cookie field that names the node, or <see langword="null"/> when none does.</summary>
    public string? PairOf(GatewayNode node)
    {
        var value = _nodes.FirstOrDefault(pair => ReferenceEquals(pair.Value, node)).Key;
        return value is null ? null : $"{Name}={value}{(Kind is ForeignCookieKind.HaproxyPrefix ? PrefixDelimiter : "")}";
    }

    /// <summary>Set-Cookie values that take the cookie out of a browser in which it would stand beside ours, under the same name; they are sent before ours.
    /// </summary>
    /// <param name="own">Where ours is; what it overwrites needs no removal.</param>
    /// <param name="host">The host that the client has asked.</param>
    public IEnumerable<string> Removals(AffinityCookieOptions own, string host)
    {
        if (Kind is ForeignCookieKind.Nginx)
        {
            yield return $"{Name}=; Max-Age=0"; // nginx writes no Path unless told to: the directory of the request's path
        }

        if (own.Domain is not null || own.Path != "/")
        {
            yield return $"{Name}=; Max-Age=0; Path=/";
        }

        // Azure's front end writes the site's host name into Domain.
        if (Kind is ForeignCookieKind.Arr or ForeignCookieKind.Literal && Uri.CheckHostName(host) is UriHostNameType.Dns)
        {
            yield return $"{Name}=; Max-Age=0; Path=/; Domain={host}";
        }
    }

    private static IEnumerable<string> ValuesOf(GatewayNode node, ForeignCookieOptions options) =>
        ForeignNames.Of(options.Kind!.Value, node.Name, node.Address, node.Options.ForeignKey)
            .SelectMany(name => ForeignValues.Of(options.Kind.Value, name, options.Key)).Distinct(StringComparer.Ordinal);
}
