using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Proxy.Configuration;

/// <summary><c>Kestrel:EndpointDefaults</c>.</summary>
internal sealed class EndpointDefaultOptions
{
    /// <summary>Versions of HTTP; none given means HTTP/1.1, and over TLS HTTP/2, too.</summary>
    /// <value>Default: none.</value>
    [NeedsRestart]
    public HttpProtocols? Protocols { get; set; }

    /// <summary>Versions of TLS; none given leaves them to the system.</summary>
    /// <value>Default: none.</value>
    [NeedsRestart]
    public IReadOnlyList<string> SslProtocols { get; set; } = [];

    /// <summary>Whether clients are asked for a certificate.</summary>
    /// <value>Default: none.</value>
    [NeedsRestart]
    public ClientCertificateMode? ClientCertificateMode { get; set; }
}
