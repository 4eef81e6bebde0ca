using System.Buffers.Text;
using System.Security.Cryptography;

namespace Proxy.Configuration;

/// <summary>What must hold in <c>Gateway:NodeTls</c> and in the <c>Tls</c> of a node.</summary>
internal static class TlsRules
{
    /// <summary>What comes of a certificate that nobody checks.</summary>
    public const string Untrusted = "whoever can answer at the node's address can read and change everything that is sent there";

    private const string Default = nameof(GatewayOptions.NodeTls) + ":";
    private const string Refused = "every connection to the node would be refused";

    /// <summary>The values of one node, without the files that they name.</summary>
    public static void CheckNode(string prefix, NodeOptions node, Problems problems)
    {
        var path = $"{prefix}{nameof(NodeOptions.Tls)}";
        CheckValues(path + ":", node.Tls, problems);
        if (node.Tls.IsGiven && node.Address.TrimStart().StartsWith("http:", StringComparison.OrdinalIgnoreCase))
        {
            problems.Error(path, $"is given but the node's address is {Quoted.Address(node.Address)}, where no TLS is spoken; "
                + "write the address with https, or what is sent there would be readable by others although it is not meant to be");
        }
    }

    /// <summary>The default for all nodes, and the files that it names.</summary>
    public static void CheckDefault(GatewayOptions options, Problems problems)
    {
        CheckValues(Default, options.NodeTls, problems);
        CheckFiles(Default, options.NodeTls, problems);
    }

    /// <summary>Says when the default has nothing to work on.</summary>
    public static void WarnAboutUse(GatewayOptions options, bool hasClusters, Problems problems)
    {
        if (options.NodeTls.IsGiven && !hasClusters && options.Nodes.Count > 0 && !options.Nodes.Values.Any(node => IsHttps(node.Address)))
        {
            problems.Warn(nameof(GatewayOptions.NodeTls), "is given but no node has an https address, so it has no effect");
        }
    }

    /// <summary>Whether the files that are named can be used. Reads them.</summary>
    public static void CheckFiles(string prefix, TlsOptions tls, Problems problems)
    {
        var settings = TlsSettings.Of(tls, new TlsOptions(), acceptsAny: false);
        TlsMaterial.Load(settings, TlsFiles.Read(settings), (option, text) => problems.Error(prefix + option, text));
    }

    public static bool IsHttps(string address) => address.StartsWith("https:", StringComparison.OrdinalIgnoreCase);

    private static void CheckValues(string prefix, TlsOptions tls, Problems problems)
    {
        if (tls.ServerName is { } name && Uri.CheckHostName(name) is not (UriHostNameType.Dns or UriHostNameType.IPv4 or UriHostNameType.IPv6))
        {
            problems.Error(prefix + nameof(tls.ServerName),
                $"is {Quoted.Value(name)} but must be a host name or an IP address, without scheme, port and wildcard; {Refused}");
        }

        for (var i = 0; i < tls.Pins.Count; i++)
        {
            CheckPin($"{prefix}{nameof(tls.Pins)}:{i}", tls.Pins[i], problems);
        }

        CheckTrust(prefix, tls, problems);
        var certificate = tls.ClientCertificate;
        if (certificate.Path is null && (certificate.KeyPath ?? certificate.Password) is not null)
        {
            var given = certificate.KeyPath is not null ? nameof(certificate.KeyPath) : nameof(certificate.Password);
            problems.Error($"{prefix}{nameof(tls.ClientCertificate)}:{given}",
                $"is given but {problems.Name($"{prefix}{nameof(tls.ClientCertificate)}:{nameof(certificate.Path)}")} is not; no certificate would be shown");
        }
    }

    private static void CheckTrust(string prefix, TlsOptions tls, Problems problems)
    {
        if (tls.AllowUntrusted is not true)
        {
            return;
        }

        var path = prefix + nameof(tls.AllowUntrusted);
        if (tls.CertificateAuthority is not null || tls.Pins.Count > 0)
        {
            var other = problems.Name(prefix + (tls.CertificateAuthority is not null ? nameof(tls.CertificateAuthority) : nameof(tls.Pins)));
            problems.Error(path, $"is 'true' but {other} is given; either the certificate is checked or it is not, and one of the two would have no effect");
            return;
        }

        problems.Warn(path, $"is 'true', so {Untrusted}");
    }

    private static void CheckPin(string path, string pin, Problems problems)
    {
        var text = TlsSettings.PinText(pin);
        var problem = !Base64.IsValid(text, out var length) ? "it is no base64"
            : length != SHA256.HashSizeInBytes ? $"it has {length} bytes" : null;
        if (problem is not null)
        {
            problems.Error(path, $"is {Quoted.Value(pin)} but must be a SHA-256 in base64, {SHA256.HashSizeInBytes} bytes in 44 characters; {problem}, "
                + "and no certificate would have it");
        }
    }
}
