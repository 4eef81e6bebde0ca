using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Proxy.Configuration;

namespace Proxy.Nodes.Tls;

/// <summary>Says in one sentence why a node's certificate is refused.</summary>
/// <remarks>What a certificate holds was written by others, and is shown without control characters.</remarks>
internal static class CertificateText
{
    /// <summary>A certificate may have hundreds of names.</summary>
    private const int MaxNames = 8;

    public static string Subject(X509Certificate2 certificate) => certificate.Subject.Length == 0 ? "no subject" : Quoted.Value(certificate.Subject);

    /// <summary>All that is wrong.</summary>
    /// <param name="certificate">The node's.</param>
    /// <param name="chain">As far as it could be built.</param>
    /// <param name="errors">What .NET has found.</param>
    /// <param name="name">The name that was wanted.</param>
    public static string Problem(X509Certificate2 certificate, X509Chain? chain, SslPolicyErrors errors, string name)
    {
        var reasons = new List<string>();
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            reasons.Add($"it is for {Names(certificate)} and not for {Quoted.Value(name)}, the name that was wanted");
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
        {
            foreach (var status in chain?.ChainStatus ?? [])
            {
                if (Reason(status, certificate, chain!) is { } reason && !reasons.Contains(reason, StringComparer.Ordinal))
                {
                    reasons.Add(reason);
                }
            }
        }

        if (reasons.Count == 0)
        {
            reasons.Add(errors.ToString()); // a kind of error that .NET does not have yet
        }

        return $"The node's certificate ({Subject(certificate)}) is refused: {string.Join("; ", reasons)}.";
    }

    private static string? Reason(X509ChainStatus status, X509Certificate2 certificate, X509Chain chain)
    {
        var found = chain.ChainElements
            .FirstOrDefault(element => element.ChainElementStatus.Any(own => own.Status == status.Status))?.Certificate ?? certificate;
        var which = found.RawDataMemory.Span.SequenceEqual(certificate.RawDataMemory.Span) ? "it" : $"the certificate {Subject(found)} above it";
        return status.Status switch
        {
            X509ChainStatusFlags.NoError or X509ChainStatusFlags.RevocationStatusUnknown or X509ChainStatusFlags.OfflineRevocation => null,
            X509ChainStatusFlags.UntrustedRoot when which is "it" => "it is self-signed and not trusted",
            X509ChainStatusFlags.UntrustedRoot => $"it was issued by {Issuer(certificate)}, and the root {Subject(found)} is not trusted",
            X509ChainStatusFlags.PartialChain =>
                $"it was issued by {Issuer(certificate)}, which is not trusted or for which an intermediate certificate is missing",
            X509ChainStatusFlags.NotTimeValid => Dates(found, which, chain.ChainPolicy.VerificationTime),
            X509ChainStatusFlags.Revoked => $"{which} was revoked",
            X509ChainStatusFlags.NotValidForUsage => $"{which} is not meant for servers (extended key usage)",
            X509ChainStatusFlags.NotSignatureValid => $"the signature of {(which is "it" ? "the certificate" : which)} is wrong",
            _ => $"{which}: {status.StatusInformation.Trim().TrimEnd('.')}",
        };
    }

    private static string Dates(X509Certificate2 certificate, string which, DateTime now) => now < certificate.NotBefore
        ? $"{which} is not valid before {Date(certificate.NotBefore)}"
        : $"{which} expired at {Date(certificate.NotAfter)}";

    private static string Date(DateTime local) => local.ToUniversalTime().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    private static string Issuer(X509Certificate2 certificate) => Quoted.Value(certificate.Issuer);

    private static string Names(X509Certificate2 certificate)
    {
        var alternatives = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().ToList();
        List<string> names =
        [
            .. alternatives.SelectMany(extension => extension.EnumerateDnsNames()),
            .. alternatives.SelectMany(extension => extension.EnumerateIPAddresses()).Select(address => address.ToString()),
        ];
        return names.Count == 0 ? "no host name"
            : string.Join(", ", names.Take(MaxNames).Select(Quoted.Value)) + (names.Count > MaxNames ? $" and {names.Count - MaxNames} more" : "");
    }
}
