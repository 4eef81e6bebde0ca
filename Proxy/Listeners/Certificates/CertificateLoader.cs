using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Proxy.Configuration;

namespace Proxy.Listeners.Certificates;

/// <summary>Makes a certificate of what its files hold: PEM with the key beside it or in the same file, or PFX; or finds it in a store.</summary>
internal static class CertificateLoader
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>Loads a certificate that can be used.</summary>
    /// <returns>The certificate, or a clause that says why there is none; never a secret.</returns>
    public static (ServerCertificate? Certificate, string? Problem) Load(CertificateOptions source, CertificateContent content)
    {
        if (content.Problem is not null)
        {
            return (null, content.Problem);
        }

        try
        {
            var (leaf, issuers) = content.File is null ? (FromStore(source), null) : FromFiles(source, content);
            return leaf is null
                ? (null, $"no certificate of {Quoted.Value(source.Subject)} with a private key is in the store {source.Location}/{source.Store}")
                : !leaf.HasPrivateKey ? (null, "there is a certificate without its private key; KeyPath names the file of the key")
                : !MayServe(leaf) ? (null, "the certificate is not for servers: its extended key usage leaves server authentication out")
                : (new ServerCertificate(leaf, SslStreamCertificateContext.Create(leaf, issuers)), null);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            return (null, Describe(source, content, exception));
        }
    }

    private static (X509Certificate2? Leaf, X509Certificate2Collection Issuers) FromFiles(CertificateOptions source, CertificateContent content)
    {
        if (CertificateContent.Pem(content.File!) is not { } pem)
        {
            return content.Key is null ? FromPfx(content.File!, source.Password) : FromPem(ToPem(content.File!), content.Key, source.Password);
        }

        return FromPem(pem, content.Key ?? content.File!, source.Password);
    }

    private static (X509Certificate2 Leaf, X509Certificate2Collection Issuers) FromPem(string certificates, byte[] key, string? password)
    {
        var issuers = new X509Certificate2Collection();
        issuers.ImportFromPem(certificates); // the leaf among them does no harm
        var keyPem = CertificateContent.Pem(key) ?? throw new CryptographicException("the file of the key is not PEM");
        var leaf = string.IsNullOrEmpty(password)
            ? X509Certificate2.CreateFromPem(certificates, keyPem)
            : X509Certificate2.CreateFromEncryptedPem(certificates, keyPem, password);
        return (Persist(leaf), issuers);
    }

    private static (X509Certificate2? Leaf, X509Certificate2Collection Issuers) FromPfx(byte[] content, string? password)
    {
        var all = X509CertificateLoader.LoadPkcs12Collection(content, password);
        return (all.FirstOrDefault(static certificate => certificate.HasPrivateKey) ?? all.FirstOrDefault(), all);
    }

    private static string ToPem(byte[] content)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(content);
        return certificate.ExportCertificatePem();
    }

    // SChannel cannot use a key that exists in memory alone.
    private static X509Certificate2 Persist(X509Certificate2 leaf) =>
        OperatingSystem.IsWindows() ? X509CertificateLoader.LoadPkcs12(leaf.Export(X509ContentType.Pkcs12), password: null) : leaf;

    private static X509Certificate2? FromStore(CertificateOptions source)
    {
        using var store = new X509Store(source.Store, source.Location);
        store.Open(OpenFlags.ReadOnly);
        return store.Certificates.Find(X509FindType.FindBySubjectName, source.Subject!, validOnly: !source.AllowInvalid)
            .Where(static certificate => certificate.HasPrivateKey && MayServe(certificate)).MaxBy(static certificate => certificate.NotAfter);
    }

    private static bool MayServe(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().FirstOrDefault() is not { } usage
            || usage.EnhancedKeyUsages.Cast<Oid>().Any(static oid => oid.Value is ServerAuthentication);

    private static string Describe(CertificateOptions source, CertificateContent content, Exception exception)
    {
        var hasPassword = !string.IsNullOrEmpty(source.Password);
        var file = content.File is null ? "the store" : Quoted.Value(content.Key is null ? source.Path : $"{source.Path} with {source.KeyPath}");
        return $"{file} has no usable certificate and key ({exception.Message.TrimEnd('.')}); "
            + $"a file may be incomplete, the key may belong to another certificate, or the password may be {(hasPassword ? "wrong" : "missing")}";
    }
}
