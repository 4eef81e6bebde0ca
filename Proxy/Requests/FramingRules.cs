using System.Buffers;
using System.Globalization;
using Microsoft.AspNetCore.Http.Features;

namespace Proxy.Requests;

/// <summary>Requests that an intermediary has to refuse by HTTP and that Kestrel lets through.</summary>
internal static class FramingRules
{
    /// <summary>RFC 9112 3.2: no control character, no white space, no fragment. What else RFC 3986 does not allow is sent by browsers.</summary>
    private static readonly SearchValues<char> NotInTarget = SearchValues.Create([.. Enumerable.Range(0, 0x21).Select(static c => (char)c), '\x7f', '#']);

    private static readonly SearchValues<char> SmallLetters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz");

    private static readonly SearchValues<char> PlainHost = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.");

    private static readonly string[] Methods =
        [HttpMethods.Get, HttpMethods.Post, HttpMethods.Head, HttpMethods.Options, HttpMethods.Put, HttpMethods.Delete, HttpMethods.Patch, HttpMethods.Trace,
            HttpMethods.Connect];

    /// <summary>Says what is wrong with a request's framing or target, or <see langword="null"/>.</summary>
    /// <remarks>
    /// RFC 9112 6.1: a coding that is not exactly <c>chunked</c> leaves the length of the body open to two readings, as do Transfer-Encoding
    /// in HTTP/1.0 and Transfer-Encoding beside Content-Length. Kestrel renames the Content-Length of such a request to <c>X-Content-Length</c>.
    /// </remarks>
    public static string? FindViolation(HttpContext context)
    {
        var request = context.Request;
        var coding = request.Headers.TransferEncoding;
        if (coding.Count > 0)
        {
            if (coding.Count > 1 || !string.Equals(coding[0], "chunked", StringComparison.OrdinalIgnoreCase))
            {
                return "Transfer-Encoding must be exactly 'chunked'.";
            }

            if (HttpProtocol.IsHttp10(request.Protocol))
            {
                return "Transfer-Encoding is not part of HTTP/1.0.";
            }

            if (request.Headers.ContainsKey("X-Content-Length") || request.Headers.ContentLength is not null)
            {
                return "Content-Length and Transfer-Encoding exclude each other.";
            }
        }

        var target = context.Features.Get<IHttpRequestFeature>()?.RawTarget;
        if (target is not null && target.AsSpan().ContainsAny(NotInTarget))
        {
            return target.Contains('#') ? "A request target has no fragment." : "A request target has no control characters.";
        }

        if (request.Method.AsSpan().ContainsAny(SmallLetters) && Methods.Contains(request.Method, StringComparer.OrdinalIgnoreCase))
        {
            return "The names of methods are in capitals."; // RFC 9110 9.1; it would reach the node as the method that it is not
        }

        if (!IsHost(request.Headers.Host.ToString()))
        {
            return "Host is not the name or address of a host with a port.";
        }

        if (HttpMethods.IsConnect(request.Method)
            && context.Features.Get<IHttpExtendedConnectFeature>() is not { IsExtendedConnect: true, Protocol: "websocket" })
        {
            return "CONNECT opens WebSockets only.";
        }

        return null;
    }

    // What HttpClient does not take for a host it would send as a second field beside one of its own.
    private static bool IsHost(string host)
    {
        var colon = host.IndexOf(':');
        var name = colon < 0 ? host.AsSpan() : host.AsSpan(0, colon);
        if (name.IsEmpty ? colon < 0 : IsPlainName(name) && (colon < 0 || ushort.TryParse(host.AsSpan(colon + 1), NumberStyles.None, null, out _)))
        {
            return true;
        }

        return IsHostForHttpClient(host);
    }

    private static bool IsHostForHttpClient(string host)
    {
        using var probe = new HttpRequestMessage();
        return probe.Headers.TryAddWithoutValidation("Host", host) && probe.Headers.Host is not null;
    }

    private static bool IsPlainName(ReadOnlySpan<char> name) =>
        !name.ContainsAnyExcept(PlainHost)
        && char.IsAsciiLetterOrDigit(name[0]) && char.IsAsciiLetterOrDigit(name[^1]) && !name.Contains("..", StringComparison.Ordinal);
}
