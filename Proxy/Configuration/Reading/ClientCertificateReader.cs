using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Proxy.Configuration;

/// <summary>Reads a client certificate with its private key and the certificates behind it, from PEM or PKCS#12.</summary>
internal static class ClientCertificateReader
{
    private const string Path = $"{nameof(TlsOptions.ClientCertificate)}:{nameof(ClientCertificateOptions.Path)}";
    private const string KeyPath = $"{nameof(TlsOptions.ClientCertificate)}:{nameof(ClientCertificateOptions.KeyPath)}";
    private const string Password = $"{nameof(TlsOptions.ClientCertificate)}:{nameof(ClientCertificateOptions.Password)}";
    private const string NotShown = "the gateway could show no certificate to the node";

    /// <summary>Reads the files.</summary>
    /// <param name="certificate">The certificate.</param>
    /// <param name="key">The file of the key; <see langword="null"/>: the certificate's own.</param>
    /// <param name="password">Of the key or of the PKCS#12 file.</param>
    /// <param name="report">Gets the option and the sentence behind it, for what cannot be used.</param>
    /// <returns><see langword="null"/> after a report.</returns>
    public static SslStreamCertificateContext? Read(FileCopy certificate, FileCopy? key, string? password, Action<string, string> report)
    {
        if ((certificate.Problem ?? key?.Problem) is { } problem)
        {
            report(certificate.Problem is null ? KeyPath : Path,
                $"is {Quoted.Value(certificate.Problem is null ? key!.Path : certificate.Path)}, a file that {problem}; {NotShown}");
            return null;
        }

        var chain = PemText.IsPem(certificate.Content) ? ReadPem(certificate, key, password, report) : ReadPkcs12(certificate, key, password, report);
        if (chain is null)
        {
            return null;
        }

        // Offline: nothing is fetched over the network to complete the chain.
        return SslStreamCertificateContext.Create(chain[0], [.. chain.Skip(1)], offline: true);
    }

    private static X509Certificate2Collection? ReadPem(FileCopy certificate, FileCopy? key, string? password, Action<string, string> report)
    {
        X509Certificate2Collection chain = [];
        if (PemText.ReadCertificates(certificate.Content, chain) is { } fault)
        {
            report(Path, $"is {Quoted.Value(certificate.Path)}, a file that {fault}; {NotShown}");
            return null;
        }

        var (keyOption, keyFile) = key is null ? (Path, certificate) : (KeyPath, key);
        var text = PemText.Of(keyFile.Content);
        var label = PemText.KeyLabel(text);
        if (label is null)
        {
            report(keyOption, $"is {Quoted.Value(keyFile.Path)}, a file without a private key in PEM"
                + (key is null ? " while KeyPath is not set" : "") + $"; {NotShown}");
            return null;
        }

        var isEncrypted = label == PemText.EncryptedKey;
        if (isEncrypted && password is null)
        {
            report(keyOption, $"is {Quoted.Value(keyFile.Path)}, a file with an encrypted key, and Password is not set; {NotShown}");
            return null;
        }

        try
        {
            using var own = isEncrypted
                ? X509Certificate2.CreateFromEncryptedPem(chain[0].ExportCertificatePem(), text, password)
                : X509Certificate2.CreateFromPem(chain[0].ExportCertificatePem(), text);
            chain[0] = Usable(own);
            return chain;
        }
        catch (ArgumentException)
        {
            report(keyOption, $"is {Quoted.Value(keyFile.Path)}, whose key does not fit the certificate for {Quoted.Value(chain[0].Subject)}; {NotShown}");
        }
        catch (CryptographicException)
        {
            report(isEncrypted ? Password : keyOption, isEncrypted
                ? $"(not shown) does not open the key in {Quoted.Value(keyFile.Path)}, or the key does not fit the certificate; {NotShown}"
                : $"is {Quoted.Value(keyFile.Path)}, whose key cannot be read or does not fit the certificate; {NotShown}");
        }

        return null;
    }

    private static X509Certificate2Collection? ReadPkcs12(FileCopy certificate, FileCopy? key, string? password, Action<string, string> report)
    {
        X509Certificate2Collection all;
        try
        {
            all = X509CertificateLoader.LoadPkcs12Collection(certificate.Content, password);
        }
        catch (CryptographicException)
        {
            report(Path, $"is {Quoted.Value(certificate.Path)}, a file that is neither PEM nor PKCS#12 that the Password opens; {NotShown}");
            return null;
        }

        if (key is not null)
        {
            report(KeyPath, $"is {Quoted.Value(key.Path)} but {Quoted.Value(certificate.Path)} is PKCS#12, which holds its key; "
                + "leave it out, because it would have no effect");
        }

        if (all.FirstOrDefault(candidate => candidate.HasPrivateKey) is not { } own)
        {
            report(Path, $"is {Quoted.Value(certificate.Path)}, a file without a private key; {NotShown}");
            return null;
        }

        all.Remove(own);
        all.Insert(0, own);
        return all;
    }

    // The TLS of Windows cannot use a key that lives in memory only.
    private static X509Certificate2 Usable(X509Certificate2 certificate) =>
        X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
}
