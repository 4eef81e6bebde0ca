using System.Runtime.Versioning;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace EventLoops;

/// <summary>Registers the transport of this library with Kestrel.</summary>
public static class ClientTransportExtensions
{
    /// <summary>Lets Kestrel accept TCP connections, and read and write them, on the loops of <see cref="EventLoopGroup"/>.</summary>
    /// <param name="services">The services of the application. Kestrel's own transport has to stay registered for listeners that are not TCP.</param>
    /// <remarks>Each connection then has the feature <see cref="IHandOff"/>. The code of the application runs on the loops, so it must not block.</remarks>
    [SupportedOSPlatform("linux")]
    public static IServiceCollection AddEventLoopTransport(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        return services.AddSingleton<IConnectionListenerFactory, ClientTransport>();
    }
}
