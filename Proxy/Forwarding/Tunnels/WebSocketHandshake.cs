using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Proxy.Configuration;
using Proxy.Nodes;
using Yarp.ReverseProxy.Forwarder;

namespace Proxy.Forwarding.Tunnels;

/// <summary>What a WebSocket's handshake needs at a gateway: fields that end there are written again, and HTTP/1.1 (RFC 6455) and HTTP/2 (RFC 8441) are
/// translated into each other.</summary>
internal static class WebSocketHandshake
{
    private const string Protocol = "websocket";

    /// <summary>Appended to the key before it is hashed into the accept value (RFC 6455 1.3).</summary>
    private const string AcceptGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    /// <summary>RFC 6455 4.1.</summary>
    private const int KeyBytes = 16;

    /// <summary>How a node is asked for a WebSocket. Where both versions may be spoken, only TLS can tell whether the node has HTTP/2.</summary>
    /// <param name="settings">The version of HTTP that is spoken to the node. HTTP/3 counts as HTTP/1.1: HttpClient has no WebSockets there.</param>
    /// <param name="node">The node.</param>
    public static HandshakeForm FormFor(ForwarderRequestConfig settings, GatewayNode node)
    {
        var isHttps = node.Address.StartsWith("https://", StringComparison.OrdinalIgnoreCase);
        return (settings.Version?.Major, settings.VersionPolicy, isHttps) switch
        {
            (2, HttpVersionPolicy.RequestVersionOrLower, true) or (1, HttpVersionPolicy.RequestVersionOrHigher, true) => HandshakeForm.ConnectElseUpgrade,
            (2, HttpVersionPolicy.RequestVersionOrLower, false) => HandshakeForm.Upgrade,
            (2, _, true) when node.Options.Protocol is NodeProtocol.Http2 => HandshakeForm.ConnectElseUpgrade,
            (2, _, _) => HandshakeForm.Connect,
            _ => HandshakeForm.Upgrade,
        };
    }

    /// <summary>The node's request, which transforms fill in.</summary>
    public static HttpRequestMessage CreateRequest(HandshakeForm form)
    {
        if (form is HandshakeForm.Upgrade)
        {
            return new HttpRequestMessage(HttpMethod.Get, (Uri?)null)
            {
                Version = HttpVersion.Version11,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
        }

        var connect = new HttpRequestMessage(HttpMethod.Connect, (Uri?)null)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        connect.Headers.Protocol = Protocol;
        return connect;
    }

    /// <summary>Completes the node's request. The Connection and Upgrade fields end at the gateway, and HTTP/2 has no key.</summary>
    /// <returns><see langword="false"/> when the client's key is wrong. It is checked where the node does not get it.</returns>
    public static bool TryCompleteRequest(HttpContext context, HttpRequestMessage request)
    {
        var isClientHttp2 = HttpProtocol.IsHttp2(context.Request.Protocol);
        if (IsConnect(request))
        {
            request.Headers.Remove(HeaderNames.SecWebSocketKey);
            return isClientHttp2 || IsKey(context.Request.Headers.SecWebSocketKey);
        }

        request.Headers.TryAddWithoutValidation(HeaderNames.Connection, HeaderNames.Upgrade);
        request.Headers.TryAddWithoutValidation(HeaderNames.Upgrade, Protocol);
        if (isClientHttp2)
        {
            request.Headers.Remove(HeaderNames.SecWebSocketKey);
            request.Headers.TryAddWithoutValidation(HeaderNames.SecWebSocketKey, Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyBytes)));
        }

        return true;
    }

    /// <summary>The node may have no HTTP/2, or none with WebSockets (SETTINGS_ENABLE_CONNECT_PROTOCOL); it has not been asked yet.</summary>
    /// <remarks>TLS that offers HTTP/2 alone fails at a node that does not have it. Where it has failed for another reason it fails again.</remarks>
    public static bool IsConnectImpossible(HttpRequestException exception) => exception.HttpRequestError
        is HttpRequestError.ExtendedConnectNotSupported or HttpRequestError.VersionNegotiationError or HttpRequestError.SecureConnectionError;

    /// <summary>The node has agreed.</summary>
    public static bool IsAgreed(HttpRequestMessage request, HttpResponseMessage answer) =>
        answer.StatusCode == (IsConnect(request) ? HttpStatusCode.OK : HttpStatusCode.SwitchingProtocols);

    /// <summary>Completes the client's answer.</summary>
    /// <returns><see langword="false"/> when the node's accept value is wrong. It is checked for an HTTP/2 client, which does not get it.</returns>
    public static bool TryCompleteAnswer(HttpContext context, HttpRequestMessage request)
    {
        var answer = context.Response;
        var isNodeHttp2 = IsConnect(request);
        if (isNodeHttp2)
        {
            answer.Headers.Remove(HeaderNames.SecWebSocketAccept);
            answer.Headers.ContentLength = null; // without meaning there (RFC 9110 9.3.6), and not allowed in a 101
        }

        if (!HttpProtocol.IsHttp2(context.Request.Protocol))
        {
            answer.Headers.Connection = HeaderNames.Upgrade;
            answer.Headers.Upgrade = Protocol;
            if (isNodeHttp2)
            {
                answer.Headers.SecWebSocketAccept = AcceptOf(context.Request.Headers.SecWebSocketKey.ToString());
            }

            return true;
        }

        // RFC 8441 5.1: 200 instead of 101, and no accept value.
        if (!isNodeHttp2)
        {
            var key = request.Headers.NonValidated[HeaderNames.SecWebSocketKey].ToString();
            if (!string.Equals(answer.Headers.SecWebSocketAccept, AcceptOf(key), StringComparison.Ordinal))
            {
                return false;
            }

            answer.Headers.Remove(HeaderNames.SecWebSocketAccept);
            answer.StatusCode = StatusCodes.Status200OK;
        }

        return true;
    }

    private static bool IsConnect(HttpRequestMessage request) => request.Method == HttpMethod.Connect;

    private static bool IsKey(StringValues key)
    {
        Span<byte> bytes = stackalloc byte[KeyBytes];
        return key is [{ Length: 24 } text] && Convert.TryFromBase64String(text, bytes, out var length) && length == KeyBytes;
    }

    [SuppressMessage("Security", "CA5350", Justification = "RFC 6455 asks for SHA-1; it proves no secret.")]
    private static string AcceptOf(string key) => Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + AcceptGuid)));
}
