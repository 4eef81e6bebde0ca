namespace Proxy.Configuration;

/// <summary>The files that <see cref="TlsSettings"/> name, as they were at one moment.</summary>
/// <param name="CertificateAuthority">The roots.</param>
/// <param name="ClientCertificate">The client certificate.</param>
/// <param name="ClientKey">Its key.</param>
internal sealed record TlsFiles(FileCopy? CertificateAuthority, FileCopy? ClientCertificate, FileCopy? ClientKey)
{
    public static TlsFiles Read(TlsSettings settings) =>
        new(FileCopy.Of(settings.CertificateAuthority), FileCopy.Of(settings.ClientCertificate), FileCopy.Of(settings.ClientKey));
}
