using System.Globalization;
using System.Net;

namespace Proxy.Configuration;

/// <summary>What a node was called at another proxy: the texts that the proxy has made its cookie's value of.</summary>
/// <remarks>Sources: src/http/modules/ngx_http_upstream_sticky_module.c of nginx, src/server.c of HAProxy, pkg/server/service/loadbalancer of Traefik,
/// src/ReverseProxy/SessionAffinity of YARP.</remarks>
internal static class ForeignNames
{
    private const string LocalHost = "localhost";

    /// <summary>The names of a node; none where they cannot be known, several where the proxy may have used any of them.</summary>
    /// <param name="kind">The proxy.</param>
    /// <param name="node">The node's name here.</param>
    /// <param name="address">The node's address here.</param>
    /// <param name="foreignKey">What the operator says of it.</param>
    public static IReadOnlyList<string> Of(ForeignCookieKind kind, string node, string address, string? foreignKey)
    {
        var key = foreignKey is not null && Takes(kind, foreignKey) ? foreignKey : null;
        return kind switch
        {
            ForeignCookieKind.Nginx or ForeignCookieKind.HaproxyDynamic => key is null ? PeersAt(address)
                : PeersOf(key) is { Count: > 0 } peers ? peers
                : [key], // a Unix socket
            ForeignCookieKind.Traefik => key is null ? UrlsOf(address) : [key],
            ForeignCookieKind.YarpHash => [(key ?? node).ToUpperInvariant()],
            ForeignCookieKind.Arr => [(key ?? node).ToLowerInvariant()],
            _ => key is null ? [] : [key],
        };
    }

    /// <summary>Whether a proxy can have known a node by this text.</summary>
    public static bool Takes(ForeignCookieKind kind, string foreignKey) => kind switch
    {
        ForeignCookieKind.Nginx => foreignKey.StartsWith("unix:", StringComparison.Ordinal) || PeersOf(foreignKey).Count > 0,
        ForeignCookieKind.HaproxyDynamic => PeersOf(foreignKey).Count > 0,
        ForeignCookieKind.Traefik => foreignKey.Contains("://", StringComparison.Ordinal),
        ForeignCookieKind.YarpHash or ForeignCookieKind.Arr => true,
        ForeignCookieKind.Haproxy => IsCookieValue(foreignKey) && !foreignKey.Contains('|'),
        ForeignCookieKind.HaproxyPrefix => IsCookieValue(foreignKey) && !foreignKey.Contains('~'),
        _ => IsCookieValue(foreignKey),
    };

    /// <summary>What a node's <see cref="NodeOptions.ForeignKey"/> is for a proxy, for messages.</summary>
    public static string Form(ForeignCookieKind kind) => kind switch
    {
        ForeignCookieKind.Nginx => "the address that nginx has resolved, with its port, such as 10.0.0.11:5000",
        ForeignCookieKind.HaproxyDynamic => "the server's IP address with its port, such as 10.0.0.11:5000",
        ForeignCookieKind.Traefik => "the server's URL as Traefik has it, such as http://10.0.0.11:5000",
        ForeignCookieKind.YarpHash => "the destination's name",
        ForeignCookieKind.Arr => "the server's name in the farm",
        ForeignCookieKind.Haproxy => "the text behind 'cookie' at the server, without '|' and what no cookie can hold",
        ForeignCookieKind.HaproxyPrefix => "the text behind 'cookie' at the server, without '~' and what no cookie can hold",
        _ => "the cookie's value, without what no cookie can hold",
    };

    // RFC 6265, section 4.1.1: cookie-octet.
    private static bool IsCookieValue(string text) => text.All(static c => c is > ' ' and <= '~' and not ('"' or ',' or ';' or '\\'));

    private static IReadOnlyList<string> PeersAt(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) ? PeersOf(uri.DnsSafeHost, uri.Port) : [];

    private static IReadOnlyList<string> PeersOf(string text)
    {
        var colon = text.LastIndexOf(':');
        return colon > 0 && ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port > 0
            && (text[0] == '[') == (text[colon - 1] == ']')
            ? PeersOf(text[..colon].Trim('[', ']'), port)
            : [];
    }

    // A host name is not resolved: it may lead elsewhere than it did at the other proxy. That of the machine itself is the same everywhere, and two peers.
    private static IReadOnlyList<string> PeersOf(string host, int port)
    {
        if (string.Equals(host, LocalHost, StringComparison.OrdinalIgnoreCase))
        {
            return [Peer(IPAddress.Loopback, port), Peer(IPAddress.IPv6Loopback, port)];
        }

        return IPAddress.TryParse(host, out var ip) ? [Peer(new IPAddress(ip.GetAddressBytes()), port)] : []; // without a zone
    }

    private static string Peer(IPAddress address, int port) => new IPEndPoint(address, port).ToString();

    // Written with and without the slash it is the same server, but not the same text.
    private static string[] UrlsOf(string address) => [address.TrimEnd('/'), address.TrimEnd('/') + "/"];
}
