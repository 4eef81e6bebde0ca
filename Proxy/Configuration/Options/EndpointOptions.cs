using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Proxy.Configuration;

/// <summary><c>Kestrel:Endpoints:{Name}</c>.</summary>
internal sealed class EndpointOptions
{
    /// <summary>Where it listens.</summary>
    public string? Url { get; set; }

    /// <summary>Versions of HTTP; none given leaves them to <c>EndpointDefaults</c>.</summary>
    public HttpProtocols? Protocols { get; set; }

    /// <summary>Versions of TLS; none given leaves them to <c>EndpointDefaults</c>.</summary>
    public IReadOnlyList<string> SslProtocols { get; set; } = [];

    /// <summary>Whether clients are asked for a certificate; none given leaves it to <c>EndpointDefaults</c>.</summary>
    public ClientCertificateMode? ClientCertificateMode { get; set; }

    /// <summary>What it shows to clients; none given leaves it to <c>Certificates:Default</c>.</summary>
    public CertificateOptions Certificate { get; set; } = new();

    /// <summary>What is otherwise for clients that ask for a name: a host name, <c>*.example.com</c>, or <c>*</c>.</summary>
    public Dictionary<string, SniOptions> Sni { get; set; } = new(StringComparer.OrdinalIgnoreCase);
}
