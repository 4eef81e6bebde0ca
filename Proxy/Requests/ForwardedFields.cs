using System.Collections.Frozen;
using System.Net.Http.Headers;

namespace Proxy.Requests;

/// <summary>X-Forwarded-For, -Proto and -Host: appended to what a trusted proxy has sent; what any other peer has sent is dropped first.</summary>
internal static class ForwardedFields
{
    /// <summary>Fields by which a client could pass itself off as another.</summary>
    private static readonly FrozenSet<string> Spoofable = FrozenSet.Create(StringComparer.OrdinalIgnoreCase,
        "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Prefix", "X-Forwarded-Port", "X-Forwarded-Server", "X-Forwarded-Scheme",
        "X-Original-For", "X-Original-Proto", "X-Original-Host", "X-Original-Prefix", "X-Real-IP", "Forwarded");

    public static void Write(HttpContext context, HttpRequestMessage request, bool isTrustedPeer)
    {
        if (!isTrustedPeer)
        {
            while (FindSpoofable(request.Headers.NonValidated) is { } name && request.Headers.Remove(name))
            {
            }
        }

        Append(request, "X-Forwarded-For", context.PeerAddress()?.ToString());
        Append(request, "X-Forwarded-Proto", context.Request.Scheme);
        Append(request, "X-Forwarded-Host", context.Request.Host.Value);
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
}
