using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;
using Proxy.Configuration;
using Proxy.Requests;

namespace Proxy.Listeners;

/// <summary>Sets up the Kestrel of the program.</summary>
/// <remarks>
/// Listeners are opened once: a file that breaks while the gateway runs must not close them, and Kestrel's own reload would close and open a listener whose
/// certificate has changed. So it gets the configuration without certificates, and asks for them at each handshake.
/// </remarks>
internal sealed class KestrelSetup(LiveConfiguration live, TlsEndpoints tls, IConfiguration configuration)
    : IConfigureOptions<KestrelServerOptions>, IConfigureOptions<SocketTransportOptions>, IDisposable
{
    private static readonly string[] TlsKeys =
        [nameof(EndpointOptions.Certificate), nameof(EndpointOptions.Sni), nameof(EndpointOptions.SslProtocols), nameof(EndpointOptions.ClientCertificateMode)];

    private IDisposable? _subscription;

    public void Configure(KestrelServerOptions options)
    {
        var kestrel = live.Current.Kestrel;
        KestrelLimits.ApplyAtStart(kestrel.Limits, options.Limits);
        KestrelLimits.Apply(kestrel, options);
        _subscription?.Dispose();
        _subscription = live.OnChange(snapshot => KestrelLimits.Apply(snapshot.Kestrel, options));

        // Bytes above ASCII pass unchanged in both directions; the default ends in 400 or 502.
        options.RequestHeaderEncodingSelector = FieldEncodings.Select;
        options.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;

        var loader = options.Configure(Listeners(kestrel), reloadOnChange: false);
        foreach (var name in kestrel.Endpoints.Keys.Where(tls.Has))
        {
            loader.Endpoint(name, endpoint => endpoint.ListenOptions.UseHttps(new TlsHandshakeCallbackOptions
            {
                OnConnection = handshake => new(tls.Greet(name, handshake)),
            }));
        }

        if (tls.DefaultCertificate is not null)
        {
            options.ConfigureHttpsDefaults(UseDefaultCertificate);
        }
    }

    /// <summary>Sockets of .NET's own: their buffers are what Kestrel's limits of buffers are about.</summary>
    public void Configure(SocketTransportOptions options)
    {
        var limits = live.Current.Kestrel.Limits;
        options.MaxReadBufferSize = limits.MaxRequestBufferSize;
        options.MaxWriteBufferSize = limits.MaxResponseBufferSize;
    }

    public void Dispose() => _subscription?.Dispose();

    // For the addresses of Urls. A selector alone would send the certificate without those of its issuers.
    private void UseDefaultCertificate(HttpsConnectionAdapterOptions https)
    {
        https.ServerCertificateSelector = (_, _) => tls.DefaultCertificate!.Leaf;
        https.OnAuthenticate = (_, handshake) =>
        {
            handshake.ServerCertificateSelectionCallback = null;
            handshake.ServerCertificateContext = tls.DefaultCertificate!.Context;
        };
    }

    private IConfigurationSection Listeners(KestrelOptions kestrel)
    {
        const string root = KestrelReader.SectionName;
        var settings = configuration.GetSection(root).AsEnumerable().Where(setting => setting.Value is not null
            && !IsBelow(setting.Key, $"{root}:{nameof(kestrel.Certificates)}:{nameof(kestrel.Certificates.Default)}")
            && !kestrel.Endpoints.Keys.Where(tls.Has).Any(
                name => TlsKeys.Any(key => IsBelow(setting.Key, $"{root}:{nameof(kestrel.Endpoints)}:{name}:{key}"))));
        return new ConfigurationBuilder().AddInMemoryCollection(settings).Build().GetSection(root);
    }

    private static bool IsBelow(string key, string path) =>
        key.StartsWith(path, StringComparison.OrdinalIgnoreCase) && (key.Length == path.Length || key[path.Length] == ':');
}
