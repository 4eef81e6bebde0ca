using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;
using Proxy.Configuration;
using Proxy.Listeners.Certificates;

namespace Proxy.Listeners;

internal static class ListenersRegistration
{
    /// <summary>Adds the listeners of the program. An application that embeds the gateway keeps the Kestrel that it has.</summary>
    public static void AddListeners(this IServiceCollection services, IConfiguration configuration)
    {
        NamedListeners.Wrap(services);
        services.AddSingleton<CertificateStore>();
        services.AddSingleton<TlsEndpoints>();
        services.AddSingleton(provider => new KestrelSetup(
            provider.GetRequiredService<LiveConfiguration>(), provider.GetRequiredService<TlsEndpoints>(), configuration));
        services.AddSingleton<IConfigureOptions<KestrelServerOptions>>(static provider => provider.GetRequiredService<KestrelSetup>());
        services.AddSingleton<IConfigureOptions<SocketTransportOptions>>(static provider => provider.GetRequiredService<KestrelSetup>());
    }
}
