namespace Proxy.Configuration;

/// <summary>How TLS is spoken to one node: what the node gives, completed by the default.</summary>
/// <remarks>Nodes with equal settings share everything that is made of them.</remarks>
internal sealed record TlsSettings
{
    /// <summary>The checks of .NET with the system's roots, and the name in the address.</summary>
    public static TlsSettings Default { get; } = new();

    public string? ServerName { get; private init; }

    public string? CertificateAuthority { get; private init; }

    /// <summary>In base64, separated by commas.</summary>
    public string Pins { get; private init; } = "";

    public bool AllowUntrusted { get; private init; }

    public string? ClientCertificate { get; private init; }

    public string? ClientKey { get; private init; }

    public string? ClientPassword { get; private init; }

    /// <summary>Joins the three parts: name, trust and client certificate.</summary>
    /// <param name="node">What the node gives.</param>
    /// <param name="fallback">What counts for the parts that it does not.</param>
    /// <param name="acceptsAny">YARP's <c>DangerousAcceptAnyServerCertificate</c> of the cluster: it counts more than the default, and less than the
    /// node.</param>
    public static TlsSettings Of(TlsOptions node, TlsOptions fallback, bool acceptsAny)
    {
        var trust = node.SaysWhomToTrust ? node : acceptsAny ? new TlsOptions { AllowUntrusted = true } : fallback;
        var certificate = node.ClientCertificate.Path is not null ? node.ClientCertificate : fallback.ClientCertificate;
        return new TlsSettings
        {
            ServerName = node.ServerName ?? fallback.ServerName,
            CertificateAuthority = FullPath(trust.CertificateAuthority),
            Pins = string.Join(',', trust.Pins.Select(PinText)),
            AllowUntrusted = trust.AllowUntrusted is true,
            ClientCertificate = FullPath(certificate.Path),
            ClientKey = certificate.Path is null ? null : FullPath(certificate.KeyPath),
            ClientPassword = certificate.Path is null ? null : certificate.Password,
        };
    }

    /// <summary>A pin without what other programs write in front of it.</summary>
    public static string PinText(string pin)
    {
        var text = pin.Trim();
        foreach (var prefix in (ReadOnlySpan<string>)["sha256//", "sha256/"])
        {
            if (text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            {
                return text[prefix.Length..];
            }
        }

        return text;
    }

    /// <summary>Nothing, because there is a password among the values.</summary>
    public override string ToString() => nameof(TlsSettings);

    private static string? FullPath(string? path) => path is null ? null : Path.GetFullPath(path, AppContext.BaseDirectory);
}
