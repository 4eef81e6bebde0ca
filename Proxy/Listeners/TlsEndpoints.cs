using System.Collections.Frozen;
using System.Net.Security;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Proxy.Configuration;
using Proxy.Listeners.Certificates;

namespace Proxy.Listeners;

/// <summary>The endpoints of the program that have certificates of the configuration. Certificates and names may change while it runs; listeners and open
/// connections do not.</summary>
internal sealed class TlsEndpoints : IDisposable
{
    private const string Default = $"{KestrelReader.SectionName}:{nameof(KestrelOptions.Certificates)}:{nameof(CertificateSetOptions.Default)}";

    private readonly CertificateStore _store;
    private readonly IDisposable _subscription;
    private volatile FrozenDictionary<string, TlsEndpoint> _endpoints = FrozenDictionary<string, TlsEndpoint>.Empty;
    private volatile WatchedCertificate? _default;

    /// <exception cref="GatewayConfigurationException">A certificate cannot be used; all of them are listed.</exception>
    public TlsEndpoints(LiveConfiguration live, CertificateStore store)
    {
        _store = store;
        var watched = Apply(live.Current.Kestrel);
        var problems = watched.Where(static certificate => certificate.Problem is not null)
            .Select(static certificate => new ConfigurationProblem(certificate.Key, $"{certificate.Key} cannot be used: {certificate.Problem}.")).ToList();
        if (problems.Count > 0)
        {
            throw new GatewayConfigurationException(problems);
        }

        _store.Start();
        _subscription = live.OnChange(snapshot => Reload(snapshot.Kestrel));
    }

    /// <summary>The certificate of listeners that have none of their own; <see langword="null"/> when there is none.</summary>
    public ServerCertificate? DefaultCertificate => _default?.Current;

    /// <summary>Whether an endpoint began with a certificate of the configuration.</summary>
    public bool Has(string endpoint) => _endpoints.ContainsKey(endpoint);

    /// <summary>What a client of an endpoint is shown.</summary>
    public SslServerAuthenticationOptions Greet(string endpoint, TlsHandshakeCallbackContext handshake) => _endpoints[endpoint].Greet(handshake);

    public void Dispose() => _subscription.Dispose();

    private void Reload(KestrelOptions kestrel)
    {
        var before = _store.Status.Where(static certificate => certificate.Problem is not null)
            .Select(static certificate => certificate.Key).ToHashSet(StringComparer.Ordinal);
        foreach (var certificate in Apply(kestrel).Where(certificate => certificate.Problem is not null && !before.Contains(certificate.Key)))
        {
            _store.Report(certificate);
        }
    }

    private IEnumerable<WatchedCertificate> Apply(KestrelOptions kestrel)
    {
        var sources = Sources(kestrel).Where(static source => source.Value.IsGiven()).ToDictionary(StringComparer.OrdinalIgnoreCase);
        var watched = _store.Take(sources);
        _default = watched.GetValueOrDefault(Default) ?? _default;

        // An endpoint that a reload took away, or left without a certificate, goes on as it was: its listener stays until a restart.
        var endpoints = _endpoints.ToDictionary(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, endpoint) in kestrel.Endpoints.Where(endpoint => kestrel.HasCertificate(endpoint.Value)))
        {
            endpoints[name] = Create(name, endpoint, kestrel.EndpointDefaults, watched);
        }

        _endpoints = endpoints.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
        return watched.Values;
    }

    private static IEnumerable<KeyValuePair<string, CertificateOptions>> Sources(KestrelOptions kestrel)
    {
        yield return new(Default, kestrel.Certificates.Default);
        foreach (var (name, endpoint) in kestrel.Endpoints)
        {
            yield return new(KeyOf(name), endpoint.Certificate);
            foreach (var (host, sni) in endpoint.Sni)
            {
                yield return new(KeyOf(name, host), sni.Certificate);
            }
        }
    }

    private static TlsEndpoint Create(
        string name, EndpointOptions endpoint, EndpointDefaultOptions defaults, IReadOnlyDictionary<string, WatchedCertificate> watched)
    {
        var versions = endpoint.SslProtocols.Count > 0 ? endpoint.SslProtocols : defaults.SslProtocols;
        var mode = endpoint.ClientCertificateMode ?? defaults.ClientCertificateMode ?? ClientCertificateMode.NoCertificate;
        var own = watched.GetValueOrDefault(KeyOf(name)) ?? watched.GetValueOrDefault(Default);
        var only = own is null ? null : new TlsEntry(own, TlsEntry.Parse(versions), mode, Protocols: null);
        var names = new Dictionary<string, TlsEntry>(StringComparer.OrdinalIgnoreCase);
        foreach (var (host, sni) in endpoint.Sni)
        {
            if ((watched.GetValueOrDefault(KeyOf(name, host)) ?? own) is { } certificate)
            {
                names[host] = new TlsEntry(
                    certificate, TlsEntry.Parse(sni.SslProtocols.Count > 0 ? sni.SslProtocols : versions), sni.ClientCertificateMode ?? mode, sni.Protocols);
            }
        }

        return new TlsEndpoint(name, only, names);
    }

    private static string KeyOf(string endpoint) =>
        $"{KestrelReader.SectionName}:{nameof(KestrelOptions.Endpoints)}:{endpoint}:{nameof(EndpointOptions.Certificate)}";

    private static string KeyOf(string endpoint, string host) =>
        $"{KestrelReader.SectionName}:{nameof(KestrelOptions.Endpoints)}:{endpoint}:{nameof(EndpointOptions.Sni)}:{host}:{nameof(SniOptions.Certificate)}";
}
