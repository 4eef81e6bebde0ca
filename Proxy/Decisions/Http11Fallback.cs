using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Proxy.Decisions;

/// <summary>Asks a client to send its request again by HTTP/1.1, by the reset of its stream that HTTP/2 and HTTP/3 have for that.</summary>
/// <remarks>
/// Browsers, curl and .NET do so by themselves and can log in then, as they do with IIS, while an answer 505 would be the end of it. The request has not been
/// carried out: it was refused, by the gateway or with 401 by the node. Only a client that has chosen its protocol in the TLS handshake can choose another. One
/// that speaks HTTP/2 without TLS does so by agreement, mostly a proxy, and is better served by the answer, which says what is wrong.
/// </remarks>
internal static class Http11Fallback
{
    /// <summary>HTTP_1_1_REQUIRED of RFC 9113 7.</summary>
    private const int Http2Code = 0xd;

    /// <summary>H3_VERSION_FALLBACK of RFC 9114 8.1.</summary>
    private const int Http3Code = 0x110;

    /// <summary>Resets the stream.</summary>
    /// <returns><see langword="false"/> when the client has no other protocol to choose, or the server cannot reset.</returns>
    public static bool TryAsk(HttpContext context)
    {
        var isHttp3 = HttpProtocol.IsHttp3(context.Request.Protocol);
        if (context.Features.Get<IHttpResetFeature>() is not { } stream || !(isHttp3 || context.Features.Get<ITlsHandshakeFeature>() is not null))
        {
            return false;
        }

        stream.Reset(isHttp3 ? Http3Code : Http2Code);
        return true;
    }
}
