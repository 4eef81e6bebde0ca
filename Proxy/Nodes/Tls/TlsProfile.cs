using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Proxy.Configuration;

namespace Proxy.Nodes.Tls;

/// <summary>How a connection to a node is secured: settings and what their files held when they were read. It is never changed.</summary>
internal sealed class TlsProfile
{
    /// <summary>Extended key usage of servers (RFC 5280 4.2.1.12).</summary>
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    private static readonly List<SslApplicationProtocol> Http2Only = [SslApplicationProtocol.Http2];
    private static readonly List<SslApplicationProtocol> Http2OrHttp1 = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];

    private readonly TlsSettings _settings;
    private readonly TlsMaterial? _material;
    private readonly string[] _pins;

    public TlsProfile(TlsSettings settings, TlsMaterial material)
        : this(settings, material, problem: null)
    {
    }

    private TlsProfile(TlsSettings settings, TlsMaterial? material, string? problem)
    {
        (_settings, _material, Problem) = (settings, material, problem);
        _pins = settings.Pins.Split(',', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>The system's roots, and the name of the address.</summary>
    public static TlsProfile Default { get; } = new NodeTls(TlsSettings.Default).Current;

    /// <summary>Why no connection can be made, or <see langword="null"/>.</summary>
    public string? Problem { get; }

    /// <summary>For files that cannot be used: no connection is made, since it could not be checked as it is meant to be.</summary>
    public static TlsProfile Unusable(TlsSettings settings, IReadOnlyList<string> problems) => new(settings, null, string.Join("; ", problems));

    /// <summary>The options of the handshake with a host, and the check of its certificate.</summary>
    /// <param name="host">The host of the node's address.</param>
    /// <param name="protocols">Versions of TLS; none: the system's.</param>
    /// <param name="request">The request that the connection is made for: it says which protocols may be agreed on.</param>
    /// <exception cref="NodeTlsException">The profile is unusable.</exception>
    public (SslClientAuthenticationOptions Options, CertificateCheck Check) Handshake(string host, SslProtocols protocols, HttpRequestMessage request)
    {
        if (_material is null)
        {
            throw new NodeTlsException(Problem);
        }

        var name = _settings.ServerName ?? host;
        var check = CheckFor(name);
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = name,
            EnabledSslProtocols = protocols,
            ApplicationProtocols = ApplicationProtocols(request),
            ClientCertificateContext = _material.ClientCertificate,
            RemoteCertificateValidationCallback = check.Accept,
        };
        if (_material.ClientCertificate is null)
        {
            options.LocalCertificateSelectionCallback = check.WasAskedForCertificate;
        }

        if (_material.Roots is not null)
        {
            options.CertificateChainPolicy = ChainPolicy(_material);
        }

        return (options, check);
    }

    /// <summary>Sets up a handler that makes the handshake by itself, as it does behind a web proxy.</summary>
    /// <remarks>The handler asks for the request's Host (SNI) there, which nothing can change; the certificate is checked as it is meant to be.</remarks>
    public void Configure(SslClientAuthenticationOptions options)
    {
        if (_material is null)
        {
            options.RemoteCertificateValidationCallback = (_, _, _, _) => throw new NodeTlsException(Problem);
            return;
        }

        options.ClientCertificateContext = _material.ClientCertificate;
        options.RemoteCertificateValidationCallback = AcceptBehindProxy;
    }

    private bool AcceptBehindProxy(object sender, X509Certificate? presented, X509Chain? chain, SslPolicyErrors errors)
    {
        var name = _settings.ServerName ?? ((SslStream)sender).TargetHostName;
        var check = CheckFor(name);
        if (presented is not X509Certificate2 certificate || (_settings.ServerName is null && _material!.Roots is null))
        {
            return check.Accept(sender, presented, chain, errors);
        }

        using var own = new X509Chain { ChainPolicy = _material!.Roots is null ? chain!.ChainPolicy.Clone() : ChainPolicy(_material) };
        own.ChainPolicy.ExtraStore.AddRange(chain!.ChainPolicy.ExtraStore);
        var found = certificate.MatchesHostname(name) ? SslPolicyErrors.None : SslPolicyErrors.RemoteCertificateNameMismatch;
        return check.Accept(sender, certificate, own, own.Build(certificate) ? found : found | SslPolicyErrors.RemoteCertificateChainErrors);
    }

    private CertificateCheck CheckFor(string name) => new(name)
    {
        AllowUntrusted = _settings.AllowUntrusted,
        Pins = _pins,
        PinsReplaceAuthority = _settings.CertificateAuthority is null,
        ShowsCertificate = _settings.ClientCertificate is not null,
    };

    private static X509ChainPolicy ChainPolicy(TlsMaterial material)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            ApplicationPolicy = { new Oid(ServerAuthentication) },
        };
        policy.CustomTrustStore.AddRange(material.Roots!);
        policy.ExtraStore.AddRange(material.Intermediates);
        return policy;
    }

    // What SocketsHttpHandler would offer for the same request.
    private static List<SslApplicationProtocol>? ApplicationProtocols(HttpRequestMessage request) => request switch
    {
        { Version.Major: >= 2, VersionPolicy: not HttpVersionPolicy.RequestVersionOrLower } => Http2Only,
        { Version.Major: >= 2 } or { VersionPolicy: HttpVersionPolicy.RequestVersionOrHigher } => Http2OrHttp1,
        _ => null,
    };
}
