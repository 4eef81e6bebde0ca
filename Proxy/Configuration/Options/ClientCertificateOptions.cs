namespace Proxy.Configuration;

/// <summary>The certificate that the gateway shows to a node that asks for one.</summary>
public sealed class ClientCertificateOptions
{
    /// <summary>A file with the certificate and, behind it, the intermediate ones that the node needs.</summary>
    /// <value>A path; PEM or PKCS#12 (<c>.pfx</c>). Default: none.</value>
    public string? Path { get; set; }

    /// <summary>A file with the private key, for PEM. <see langword="null"/>: the key stands in the file of the certificate.</summary>
    /// <value>A path; PEM. Default: none.</value>
    public string? KeyPath { get; set; }

    /// <summary>The password of the key, or of the PKCS#12 file.</summary>
    /// <value>Default: none.</value>
    [Secret]
    public string? Password { get; set; }
}
