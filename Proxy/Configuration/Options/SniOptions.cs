using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Proxy.Configuration;

/// <summary><c>Kestrel:Endpoints:{Name}:Sni:{HostName}</c>; what is not given is the endpoint's.</summary>
internal sealed class SniOptions
{
    /// <summary>Versions of HTTP that are offered.</summary>
    public HttpProtocols? Protocols { get; set; }

    /// <summary>Versions of TLS.</summary>
    public IReadOnlyList<string> SslProtocols { get; set; } = [];

    /// <summary>Whether clients are asked for a certificate.</summary>
    public ClientCertificateMode? ClientCertificateMode { get; set; }

    /// <summary>What is shown to clients.</summary>
    public CertificateOptions Certificate { get; set; } = new();
}
