using System.Net.Sockets;
using System.Security.Authentication;

namespace Proxy.Nodes.Tls;

/// <summary>Says in one sentence why a TLS handshake with a node failed.</summary>
internal static class TlsFailureText
{
    public const string NoHttp2 = "The node does not offer HTTP/2 over TLS (ALPN), which Protocol 'http2' asks for.";

    private const string NoVersion = "The node and the gateway have no version of TLS in common.";
    private const string Alert = "alert ";

    /// <summary>What OpenSSL calls an alert of the node (RFC 8446 6), and what it means here.</summary>
    private static readonly (string Name, string Meaning)[] Alerts =
    [
        ("no application protocol", NoHttp2),
        ("protocol version", NoVersion),
        ("unrecognized name", "The node does not know the server name {0}."),
        ("certificate required", "The node demands a client certificate, and Tls:ClientCertificate is not set."),
        ("handshake failure",
            "The node refused the TLS handshake: it may demand a client certificate, not know the server name {0}, or share no cipher with the gateway."),
    ];

    /// <summary>For a handshake that failed.</summary>
    public static string Of(Exception failure, CertificateCheck check)
    {
        var cause = failure.GetBaseException();
        if (failure is AuthenticationException && ReferenceEquals(cause, failure))
        {
            // What the check of the certificate has thrown does not come here. So what came was no TLS at all: for that .NET has no kind of its own.
            return check.HasSeenCertificate
                ? failure.Message
                : "The node does not speak TLS at this address; if it speaks plain HTTP, its address has to begin with http.";
        }

        if (cause is SocketException socket)
        {
            return $"The node broke the connection off during the TLS handshake ({socket.Message.TrimEnd('.')}).";
        }

        if (failure is IOException)
        {
            return $"The node ended the connection during the TLS handshake for the server name '{check.Name}'.";
        }

        return OfAlert(cause.Message, check);
    }

    /// <summary>For a connection that the node ends instead of its first answer.</summary>
    public static string Refusal(CertificateCheck check) => check.ShowsCertificate
        ? "The node ended the connection before its first answer; it may not accept the client certificate in Tls:ClientCertificate."
        : "The node asked for a client certificate, of which Tls:ClientCertificate names none, and ended the connection.";

    private static string OfAlert(string message, CertificateCheck check)
    {
        foreach (var (name, meaning) in Alerts)
        {
            if (Has(Alert + name))
            {
                return string.Format(null, meaning, $"'{check.Name}'");
            }
        }

        if (Has("unsupported protocol") || Has("no protocols available"))
        {
            return NoVersion;
        }

        if (check.ShowsCertificate && Has(Alert) && Has("certificate"))
        {
            return $"The node does not accept the client certificate in Tls:ClientCertificate ({message.TrimEnd('.')}).";
        }

        return $"The TLS handshake with the node failed: {message.TrimEnd('.')}.";

        bool Has(string text) => message.Contains(text, StringComparison.OrdinalIgnoreCase);
    }
}
