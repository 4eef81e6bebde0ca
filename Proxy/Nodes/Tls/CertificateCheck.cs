using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Proxy.Nodes.Tls;

/// <summary>The check of one node's certificate, and what the handshake has shown beside it.</summary>
/// <param name="name">The name that the certificate must have.</param>
internal sealed class CertificateCheck(string name)
{
    public bool AllowUntrusted { get; init; }

    /// <summary>SHA-256 of keys, in base64.</summary>
    public IReadOnlyList<string> Pins { get; init; } = [];

    /// <summary>A key with a pin is enough.</summary>
    public bool PinsReplaceAuthority { get; init; }

    /// <summary>The gateway has a certificate for the node.</summary>
    public bool ShowsCertificate { get; init; }

    /// <summary>The name that the certificate must have.</summary>
    public string Name => name;

    /// <summary>The node has sent a certificate, so it does speak TLS.</summary>
    public bool HasSeenCertificate { get; private set; }

    /// <summary>The node has asked for a certificate.</summary>
    public bool IsAsked { get; private set; }

    /// <summary>For <see cref="SslClientAuthenticationOptions.RemoteCertificateValidationCallback"/>.</summary>
    /// <exception cref="NodeTlsException">The certificate is refused; the message says why.</exception>
    public bool Accept(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        HasSeenCertificate = true;
        return Problem(certificate as X509Certificate2, chain, errors) is { } problem ? throw new NodeTlsException(problem) : true;
    }

    /// <summary>For <see cref="SslClientAuthenticationOptions.LocalCertificateSelectionCallback"/>, where there is no certificate to show.</summary>
    public X509Certificate WasAskedForCertificate(
        object sender, string targetHost, X509CertificateCollection localCertificates, X509Certificate? remoteCertificate, string[] acceptableIssuers)
    {
        // .NET asks once before the handshake, and again when the node has asked.
        IsAsked |= remoteCertificate is not null;
        return null!;
    }

    private string? Problem(X509Certificate2? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (AllowUntrusted)
        {
            return null;
        }

        if (certificate is null)
        {
            return "The node has sent no certificate.";
        }

        if (Pins.Count > 0)
        {
            var pin = Convert.ToBase64String(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));
            if (!Pins.Contains(pin, StringComparer.Ordinal))
            {
                return $"The key of the node's certificate ({CertificateText.Subject(certificate)}) has the pin {pin}, which is not among the configured Pins.";
            }

            if (PinsReplaceAuthority)
            {
                return null;
            }
        }

        return errors is SslPolicyErrors.None ? null : CertificateText.Problem(certificate, chain, errors, name);
    }
}
