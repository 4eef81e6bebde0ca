using System.Security.Authentication;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Proxy.Configuration;

/// <summary>What must hold in <c>Kestrel:Endpoints</c>, <c>Kestrel:EndpointDefaults</c> and <c>Kestrel:Certificates</c>.</summary>
internal static class EndpointRules
{
    private const string Defaults = nameof(KestrelOptions.EndpointDefaults) + ":";
    private const string Default = $"{nameof(KestrelOptions.Certificates)}:{nameof(CertificateSetOptions.Default)}";

    public static void Check(KestrelOptions options, Problems problems)
    {
        CheckProtocols(options.EndpointDefaults.Protocols, Defaults, problems);
        CheckTls(options.EndpointDefaults.SslProtocols, Defaults, problems);
        CheckCertificate(options.Certificates.Default, Default, problems);
        foreach (var (name, endpoint) in options.Endpoints)
        {
            var path = $"{nameof(options.Endpoints)}:{name}:";
            CheckEndpoint(endpoint, path, options, problems);
        }
    }

    private static void CheckEndpoint(EndpointOptions endpoint, string path, KestrelOptions options, Problems problems)
    {
        CheckProtocols(endpoint.Protocols, path, problems);
        CheckTls(endpoint.SslProtocols, path, problems);
        CheckCertificate(endpoint.Certificate, path + nameof(endpoint.Certificate), problems);
        foreach (var (host, sni) in endpoint.Sni)
        {
            CheckSni(host, sni, $"{path}{nameof(endpoint.Sni)}:{host}", endpoint, options, problems);
        }

        if (endpoint.Url?.StartsWith("http:", StringComparison.OrdinalIgnoreCase) is true)
        {
            CheckPlain(endpoint, path, problems);
        }
    }

    private static void CheckSni(string host, SniOptions sni, string path, EndpointOptions endpoint, KestrelOptions options, Problems problems)
    {
        var name = host.StartsWith("*.", StringComparison.Ordinal) ? host[2..] : host;
        if (host != "*" && Uri.CheckHostName(name) != UriHostNameType.Dns)
        {
            problems.Error(path, "must be called by a host name, by *. and a domain, or by *; no client would ask for it");
        }

        CheckProtocols(sni.Protocols, path + ":", problems);
        CheckTls(sni.SslProtocols, path + ":", problems);
        CheckCertificate(sni.Certificate, $"{path}:{nameof(sni.Certificate)}", problems);
        if (!sni.Certificate.IsGiven() && !endpoint.Certificate.IsGiven() && !options.Certificates.Default.IsGiven())
        {
            problems.Error($"{path}:{nameof(sni.Certificate)}",
                $"is not given, and neither the endpoint nor {problems.Name(Default)} has one; no client could connect by this name");
        }
    }

    // Kestrel refuses these as well, one at a time and with an exception.
    private static void CheckPlain(EndpointOptions endpoint, string path, Problems problems)
    {
        foreach (var (key, isGiven) in new[]
        {
            (nameof(endpoint.Certificate), endpoint.Certificate.IsGiven()), (nameof(endpoint.Sni), endpoint.Sni.Count > 0),
            (nameof(endpoint.SslProtocols), endpoint.SslProtocols.Count > 0),
            (nameof(endpoint.ClientCertificateMode), endpoint.ClientCertificateMode is not null),
        })
        {
            if (isGiven)
            {
                problems.Error(
                    path + key, $"is for https, and {problems.Name(path + nameof(endpoint.Url))} is {Quoted.Address(endpoint.Url)}; it would have no effect");
            }
        }
    }

    private static void CheckProtocols(HttpProtocols? protocols, string path, Problems problems)
    {
        if (protocols is HttpProtocols.None)
        {
            problems.Error(path + nameof(EndpointOptions.Protocols), "is 'None', and no request could be served; leave it out to have the default");
        }
    }

    private static void CheckTls(IReadOnlyList<string> versions, string path, Problems problems)
    {
        for (var i = 0; i < versions.Count; i++)
        {
            if (!TryParse(versions[i], out _))
            {
                problems.Error($"{path}{nameof(EndpointOptions.SslProtocols)}:{i}",
                    $"is {Quoted.Value(versions[i])} but must be one of {string.Join(", ", Enum.GetNames<SslProtocols>())}; Kestrel would pass over it");
            }
        }
    }

    /// <summary>Reads one version of TLS.</summary>
    public static bool TryParse(string version, out SslProtocols protocol)
    {
        protocol = SslProtocols.None;
        return Enum.GetNames<SslProtocols>().Contains(version.Trim(), StringComparer.OrdinalIgnoreCase)
            && Enum.TryParse(version, ignoreCase: true, out protocol);
    }

    private static void CheckCertificate(CertificateOptions certificate, string path, Problems problems)
    {
        var (hasFile, hasSubject) = (!string.IsNullOrEmpty(certificate.Path), !string.IsNullOrEmpty(certificate.Subject));
        if (hasFile && hasSubject)
        {
            problems.Error(path, $"has both {nameof(certificate.Path)} and {nameof(certificate.Subject)}; a certificate comes from files or from a store");
        }

        if (!hasFile && (certificate.KeyPath ?? certificate.Password) is not null)
        {
            var other = certificate.KeyPath is null ? nameof(certificate.Password) : nameof(certificate.KeyPath);
            problems.Error(
                $"{path}:{nameof(certificate.Path)}", $"is not given although {other} is; without the file of the certificate the key has no use");
        }
    }
}
