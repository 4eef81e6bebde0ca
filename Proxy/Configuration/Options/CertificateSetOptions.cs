namespace Proxy.Configuration;

/// <summary><c>Kestrel:Certificates</c>.</summary>
internal sealed class CertificateSetOptions
{
    /// <summary>For endpoints that have none of their own, and for <c>Urls</c>.</summary>
    public CertificateOptions Default { get; set; } = new();

    /// <summary>The password of the certificate that .NET's tools have made for a developer, which is used where the configuration has none.</summary>
    public CertificateOptions Development { get; set; } = new();
}
