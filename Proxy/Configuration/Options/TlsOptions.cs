namespace Proxy.Configuration;

/// <summary>How TLS is spoken to nodes: <c>Gateway:NodeTls</c> for all of them, <c>Gateway:Nodes:{Name}:Tls</c> for one.</summary>
/// <remarks>
/// What one node does not give comes from the default, in three parts: the name; the trust, which is <see cref="CertificateAuthority"/>, <see cref="Pins"/> and
/// <see cref="AllowUntrusted"/> together; and the client certificate with its key and password. Relative paths begin at the program's folder.
/// </remarks>
public sealed class TlsOptions
{
    /// <summary>The name that the node is asked for (SNI), and that its certificate must have. <see langword="null"/>: the host of the node's
    /// address.</summary>
    /// <value>A host name or an IP address, without port and without <c>*</c>. An IP address is only looked for in the certificate. Default: none.</value>
    public string? ServerName { get; set; }

    /// <summary>A file with the roots that are trusted instead of the system's.</summary>
    /// <value>A path; PEM, one or more self-signed certificates, and intermediate ones where nodes do not send them. Default: none.</value>
    public string? CertificateAuthority { get; set; }

    /// <summary>Keys of which the node must have one. Without <see cref="CertificateAuthority"/> nothing else of the certificate counts: neither who has issued
    /// it, nor its name, nor its dates. With it both must hold.</summary>
    /// <value>SHA-256 of the certificate's SubjectPublicKeyInfo in base64; <c>sha256//</c> may stand in front, as for curl. Default: none.</value>
    public IReadOnlyList<string> Pins { get; set; } = [];

    /// <summary>Whether any certificate will do, so that whoever answers at the address can read and change everything.</summary>
    /// <value>Default: none.</value>
    public bool? AllowUntrusted { get; set; }

    /// <summary>What the gateway shows to a node that asks for a certificate.</summary>
    public ClientCertificateOptions ClientCertificate { get; set; } = new();

    /// <summary>Whether any option is given.</summary>
    internal bool IsGiven => ServerName is not null || SaysWhomToTrust || ClientCertificate is not { Path: null, KeyPath: null, Password: null };

    /// <summary>Whether the trust is given, which then does not come from the default.</summary>
    internal bool SaysWhomToTrust => CertificateAuthority is not null || Pins.Count > 0 || AllowUntrusted is not null;
}
