using System.Collections.Frozen;
using System.Net.Http.Headers;

namespace Proxy.Requests;

/// <summary>X-Forwarded-For, -Proto and -Host as the node gets them; what a peer has sent that is not trusted is dropped first.</summary>
/// <remarks>
/// X-Forwarded-For is a list, and the peer's address is appended to it. X-Forwarded-Proto and X-Forwarded-Host say how the client itself has come, so the node
/// gets one value of each: what a trusted proxy says of the client, else what the gateway sees. A list there would be read from its right end, which is the
/// gateway's own leg: ASP.NET Core's middleware would take a client of HTTPS for one of HTTP.
/// </remarks>
internal static class ForwardedFields
{
    private const string For = "X-Forwarded-For";
    private const string Proto = "X-Forwarded-Proto";
    private const string Host = "X-Forwarded-Host";

    /// <summary>Fields by which a client could pass itself off as another.</summary>
    private static readonly FrozenSet<string> Spoofable = FrozenSet.Create(StringComparer.OrdinalIgnoreCase,
        For, Proto, Host, "X-Forwarded-Prefix", "X-Forwarded-Port", "X-Forwarded-Server", "X-Forwarded-Scheme",
        "X-Original-For", "X-Original-Proto", "X-Original-Host", "X-Original-Prefix", "X-Real-IP", "Forwarded");

    public static void Write(HttpContext context, HttpRequestMessage request, bool isTrustedPeer)
    {
        if (!isTrustedPeer)
        {
            while (FindSpoofable(request.Headers.NonValidated) is { } name && request.Headers.Remove(name))
            {
            }
        }

        Append(request, For, context.PeerAddress()?.ToString());
        Set(request, Proto, ClientScheme(context, isTrustedPeer));
        Set(request, Host, FromTrusted(context, Host, isTrustedPeer) ?? context.Request.Headers.Host.ToString()); // Request.Host would be decoded
    }

    /// <summary>The scheme that the client has used: what a trusted proxy says, else that of the connection to the gateway.</summary>
    /// <param name="context">The request.</param>
    /// <param name="isTrustedPeer">Whether the peer's X-Forwarded-* count.</param>
    public static string ClientScheme(HttpContext context, bool isTrustedPeer) => FromTrusted(context, Proto, isTrustedPeer) ?? context.Request.Scheme;

    private static string? FromTrusted(HttpContext context, string name, bool isTrustedPeer)
    {
        if (!isTrustedPeer || context.Request.Headers[name] is not { Count: > 0 } field)
        {
            return null;
        }

        var text = field.Count == 1 ? field[0] ?? "" : field.ToString();
        var value = text.AsSpan().Trim();
        if (value.Contains(','))
        {
            value = OfClient(value, context);
        }

        return value.IsEmpty ? null : value.Length == text.Length ? text : value.ToString();
    }

    // Where every proxy has added an entry, the client's stands as far from the right end as its address does in X-Forwarded-For. Else the last one counts,
    // because the trusted peer itself has written it.
    private static ReadOnlySpan<char> OfClient(ReadOnlySpan<char> list, HttpContext context)
    {
        var position = context.Request.Headers[For].ToString().AsSpan().Count(',') == list.Count(',') ? context.ClientPosition() : 0;
        for (; position > 0; position--)
        {
            list = list[..list.LastIndexOf(',')];
        }

        return list[(list.LastIndexOf(',') + 1)..].Trim();
    }

    private static string? FindSpoofable(HttpHeadersNonValidated headers)
    {
        foreach (var (name, _) in headers)
        {
            if (IsSpoofable(name))
            {
                return name;
            }
        }

        return null;
    }

    // Underscores reach some applications (CGI's way to name headers) as hyphens.
    private static bool IsSpoofable(string name) =>
        Spoofable.Contains(name) || (name.Contains('_') && Spoofable.Contains(name.Replace('_', '-')));

    private static void Append(HttpRequestMessage request, string name, string? value)
    {
        if (string.IsNullOrEmpty(value))
        {
            return;
        }

        if (request.Headers.NonValidated.TryGetValues(name, out var former))
        {
            request.Headers.Remove(name);
            value = $"{former}, {value}";
        }

        request.Headers.TryAddWithoutValidation(name, value);
    }

    private static void Set(HttpRequestMessage request, string name, string? value)
    {
        request.Headers.Remove(name);
        if (!string.IsNullOrEmpty(value))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }
    }
}
