using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Proxy.Listeners.Certificates;

/// <summary>A certificate with its private key and the certificates of its issuers, as handshakes need it.</summary>
/// <param name="Leaf">The certificate itself.</param>
/// <param name="Context">It with the chain that is sent, found once and not in each handshake.</param>
internal sealed record ServerCertificate(X509Certificate2 Leaf, SslStreamCertificateContext Context);
