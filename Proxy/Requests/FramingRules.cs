using Microsoft.AspNetCore.Http.Features;

namespace Proxy.Requests;

/// <summary>Requests that an intermediary has to refuse by HTTP and that Kestrel lets through.</summary>
internal static class FramingRules
{
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
        if (target is not null && target.Contains('#'))
        {
            return "A request target has no fragment.";
        }

        if (HttpMethods.IsConnect(request.Method)
            && context.Features.Get<IHttpExtendedConnectFeature>() is not { IsExtendedConnect: true, Protocol: "websocket" })
        {
            return "CONNECT opens WebSockets only.";
        }

        return null;
    }
}
