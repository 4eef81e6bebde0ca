using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Proxy.Configuration;

/// <summary>What the files of <see cref="TlsSettings"/> hold, ready for connections.</summary>
internal sealed class TlsMaterial
{
    private const string NoTrust = "no connection to the node could be checked";

    private TlsMaterial()
    {
    }

    /// <summary>The roots that are trusted instead of the system's; <see langword="null"/>: the system's.</summary>
    public X509Certificate2Collection? Roots { get; private init; }

    /// <summary>Certificates that may stand between a node's and a root.</summary>
    public X509Certificate2Collection Intermediates { get; private init; } = [];

    /// <summary>What a node that asks for a certificate is shown.</summary>
    public SslStreamCertificateContext? ClientCertificate { get; private init; }

    /// <summary>Takes the files in.</summary>
    /// <param name="settings">They name the files.</param>
    /// <param name="files">Their content.</param>
    /// <param name="report">Gets the option, as <c>ClientCertificate:Path</c>, and the sentence behind it, for everything that cannot be used.</param>
    /// <returns><see langword="null"/> when something cannot be used.</returns>
    public static TlsMaterial? Load(TlsSettings settings, TlsFiles files, Action<string, string> report)
    {
        var isUsable = true;
        X509Certificate2Collection? roots = null;
        X509Certificate2Collection intermediates = [];
        if (files.CertificateAuthority is { } authority)
        {
            var certificates = ReadAuthority(authority, Report);
            roots = [.. certificates.Where(IsRoot)];
            intermediates = [.. certificates.Where(certificate => !IsRoot(certificate))];
        }

        var client = files.ClientCertificate is { } certificate
            ? ClientCertificateReader.Read(certificate, files.ClientKey, settings.ClientPassword, Report)
            : null;
        return isUsable ? new TlsMaterial { Roots = roots, Intermediates = intermediates, ClientCertificate = client } : null;

        void Report(string option, string text)
        {
            isUsable = false;
            report(option, text);
        }
    }

    private static X509Certificate2Collection ReadAuthority(FileCopy file, Action<string, string> report)
    {
        const string option = nameof(TlsOptions.CertificateAuthority);
        X509Certificate2Collection certificates = [];
        if (file.Problem is { } problem)
        {
            report(option, $"is {Quoted.Value(file.Path)}, a file that {problem}; {NoTrust}");
            return certificates;
        }

        if (PemText.ReadCertificates(file.Content, certificates) is { } fault)
        {
            report(option, $"is {Quoted.Value(file.Path)}, a file that {fault}; {NoTrust}");
        }
        else if (!certificates.Any(IsRoot))
        {
            report(option, $"is {Quoted.Value(file.Path)}, a file without a self-signed certificate; a chain of certificates ends with one, so that "
                + NoTrust);
        }

        return certificates;
    }

    private static bool IsRoot(X509Certificate2 certificate) => certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);
}
