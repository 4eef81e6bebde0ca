using Proxy.Configuration;

namespace Proxy.Connections;

internal static class ConnectionsRegistration
{
    /// <summary>Adds the table of connections, and what ends the old ones.</summary>
    public static IReverseProxyBuilder AddConnections(this IReverseProxyBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton(
            static provider => new IdHasher(provider.GetRequiredService<LiveConfiguration>().Current.Options.Affinity.Keys is [var key, ..] ? key : null));
        services.AddSingleton<ConnectionTable>();
        services.AddSingleton<ConnectionMover>();
        services.AddHostedService<ConnectionSweeper>();
        return builder;
    }
}
