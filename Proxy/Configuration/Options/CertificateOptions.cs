using System.Security.Cryptography.X509Certificates;

namespace Proxy.Configuration;

/// <summary>Where a certificate is: in files, or in a store of the system.</summary>
internal sealed class CertificateOptions
{
    /// <summary>A PEM file with the certificate and those of its issuers, or a PFX file.</summary>
    public string? Path { get; set; }

    /// <summary>A PEM file with the private key; none given: it stands in the file of the certificate.</summary>
    public string? KeyPath { get; set; }

    /// <summary>What the private key is encrypted with.</summary>
    [Secret]
    public string? Password { get; set; }

    /// <summary>A certificate of a store, by its subject.</summary>
    public string? Subject { get; set; }

    /// <summary>The store.</summary>
    public string Store { get; set; } = nameof(StoreName.My);

    /// <summary>Whose store.</summary>
    public StoreLocation Location { get; set; } = StoreLocation.CurrentUser;

    /// <summary>Takes a certificate of a store that the system does not trust, such as a self-signed one.</summary>
    public bool AllowInvalid { get; set; }

    /// <summary>Whether a certificate is named at all.</summary>
    public bool IsGiven() => !string.IsNullOrEmpty(Path) || !string.IsNullOrEmpty(Subject);
}
