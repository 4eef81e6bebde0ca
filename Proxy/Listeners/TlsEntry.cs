using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Proxy.Configuration;
using Proxy.Listeners.Certificates;

namespace Proxy.Listeners;

/// <summary>How an endpoint greets clients that ask for one name, or for any.</summary>
/// <param name="Certificate">What it shows.</param>
/// <param name="TlsVersions">Versions of TLS; <see cref="SslProtocols.None"/> leaves them to the system.</param>
/// <param name="ClientCertificates">Whether the client is asked for a certificate.</param>
/// <param name="Protocols">Versions of HTTP that are offered; <see langword="null"/> leaves them to the endpoint.</param>
internal sealed record TlsEntry(WatchedCertificate Certificate, SslProtocols TlsVersions, ClientCertificateMode ClientCertificates, HttpProtocols? Protocols)
{
    /// <summary>The versions of TLS that a list of the configuration names.</summary>
    public static SslProtocols Parse(IReadOnlyList<string> versions)
    {
        var all = SslProtocols.None;
        foreach (var version in versions)
        {
            all |= EndpointRules.TryParse(version, out var protocol) ? protocol : SslProtocols.None;
        }

        return all;
    }

    /// <summary>The options of one handshake.</summary>
    public SslServerAuthenticationOptions CreateOptions(ServerCertificate certificate, TlsHandshakeCallbackContext handshake)
    {
        handshake.AllowDelayedClientCertificateNegotation = ClientCertificates is ClientCertificateMode.DelayCertificate;
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = certificate.Context,
            EnabledSslProtocols = TlsVersions,
            ClientCertificateRequired = ClientCertificates is ClientCertificateMode.AllowCertificate or ClientCertificateMode.RequireCertificate,
        };
        if (ClientCertificates is not ClientCertificateMode.NoCertificate)
        {
            options.RemoteCertificateValidationCallback = (_, peer, _, errors) =>
                peer is null ? ClientCertificates is not ClientCertificateMode.RequireCertificate : errors is SslPolicyErrors.None;
        }

        // Kestrel adds the endpoint's own versions where none are given. QUIC, which has no stream here, speaks HTTP/3 alone.
        if (Protocols is { } protocols && handshake.SslStream is not null)
        {
            options.ApplicationProtocols = Offer(protocols);
        }

        return options;
    }

    private static List<SslApplicationProtocol> Offer(HttpProtocols protocols)
    {
        var offered = new List<SslApplicationProtocol>(2);
        if (protocols.HasFlag(HttpProtocols.Http2))
        {
            offered.Add(SslApplicationProtocol.Http2);
        }

        if (protocols.HasFlag(HttpProtocols.Http1))
        {
            offered.Add(SslApplicationProtocol.Http11);
        }

        return offered;
    }
}
