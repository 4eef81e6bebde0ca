using System.Net.Sockets;
using System.Security.Authentication;
using Proxy.Nodes.Tls;

namespace Proxy.Forwarding;

/// <summary>Says why talking to a node failed, in words that hold nothing of what was sent or received.</summary>
/// <remarks>The messages of HttpRequestException quote headers and status lines that they do not understand, and with them cookies.</remarks>
internal static class FailureText
{
    public static string Of(Exception? exception) => NodeTlsException.Find(exception)?.Message ?? exception?.GetBaseException() switch
    {
        null => "no reason given",
        SocketException socket => socket.Message,
        AuthenticationException tls => tls.Message,
        OperationCanceledException or TimeoutException => "given up",
        var other => Kind(exception) is { } kind ? $"{kind}, {other.GetType().Name}" : other.GetType().Name,
    };

    private static HttpRequestError? Kind(Exception? exception) => exception switch
    {
        HttpRequestException { HttpRequestError: not HttpRequestError.Unknown } request => request.HttpRequestError,
        HttpIOException io => io.HttpRequestError,
        { InnerException: { } inner } => Kind(inner),
        _ => null,
    };
}
