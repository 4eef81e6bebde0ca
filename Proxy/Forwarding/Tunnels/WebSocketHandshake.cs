using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Net.Http.Headers;

namespace Proxy.Forwarding.Tunnels;

/// <summary>What a WebSocket's handshake needs at a gateway: fields that end there are written again, and HTTP/2 is translated (RFC 8441).</summary>
internal static class WebSocketHandshake
{
    /// <summary>Appended to the key before it is hashed into the accept value (RFC 6455 1.3).</summary>
    private const string AcceptGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    /// <summary>Completes the node's request. The Connection and Upgrade fields end at the gateway, and an HTTP/2 client has no key to send.</summary>
    public static void Complete(HttpContext context, HttpRequestMessage request)
    {
        request.Headers.TryAddWithoutValidation(HeaderNames.Connection, HeaderNames.Upgrade);
        request.Headers.TryAddWithoutValidation(HeaderNames.Upgrade, "websocket");
        if (HttpProtocol.IsHttp2(context.Request.Protocol))
        {
            request.Headers.Remove(HeaderNames.SecWebSocketKey);
            request.Headers.TryAddWithoutValidation(HeaderNames.SecWebSocketKey, Convert.ToBase64String(RandomNumberGenerator.GetBytes(16)));
        }
    }

    /// <summary>Completes the client's answer.</summary>
    /// <returns><see langword="false"/> when the node's accept value is wrong. It is checked for an HTTP/2 client, which does not get it.</returns>
    public static bool TryComplete(HttpContext context, HttpRequestMessage request)
    {
        if (!HttpProtocol.IsHttp2(context.Request.Protocol))
        {
            context.Response.Headers.Connection = HeaderNames.Upgrade;
            context.Response.Headers.Upgrade = "websocket";
            return true;
        }

        // RFC 8441 5.1: 200 instead of 101, and no accept value.
        var key = request.Headers.NonValidated[HeaderNames.SecWebSocketKey].ToString();
        if (!string.Equals(context.Response.Headers.SecWebSocketAccept, AcceptOf(key), StringComparison.Ordinal))
        {
            return false;
        }

        context.Response.Headers.Remove(HeaderNames.SecWebSocketAccept);
        context.Response.StatusCode = StatusCodes.Status200OK;
        return true;
    }

    [SuppressMessage("Security", "CA5350", Justification = "RFC 6455 asks for SHA-1; it proves no secret.")]
    private static string AcceptOf(string key) => Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + AcceptGuid)));
}
