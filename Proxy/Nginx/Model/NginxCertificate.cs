namespace Proxy.Nginx.Model;

/// <summary>The certificate of a server.</summary>
/// <param name="Server">The server.</param>
/// <param name="Path">The file of the certificate.</param>
/// <param name="KeyPath">The file of its key.</param>
/// <param name="Protocols">Versions of TLS as .NET calls them; empty: the system's.</param>
internal sealed record NginxCertificate(NginxServer Server, string Path, string KeyPath, IReadOnlyList<string> Protocols);
