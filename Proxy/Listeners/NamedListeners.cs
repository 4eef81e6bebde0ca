using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Proxy.Hosting;

namespace Proxy.Listeners;

/// <summary>A transport of Kestrel, whose errors name the address: the system's do not.</summary>
internal sealed class NamedListeners(IConnectionListenerFactory transport) : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    public bool CanBind(EndPoint endpoint) => transport is not IConnectionListenerFactorySelector selector || selector.CanBind(endpoint);

    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        try
        {
            return await transport.BindAsync(endpoint, cancellationToken);
        }
        catch (Exception exception) when (endpoint is UnixDomainSocketEndPoint && exception is SocketException or AddressInUseException)
        {
            throw new ListenException($"The socket {endpoint}", Explain(endpoint.ToString()!, exception));
        }
        catch (SocketException exception) when (exception.SocketErrorCode is not SocketError.AddressAlreadyInUse)
        {
            throw new ListenException($"The listener {endpoint}", exception);
        }
    }

    // The system's errors for a socket in the file system speak of addresses.
    private static Exception Explain(string path, Exception exception) =>
        Path.GetDirectoryName(path) is var folder && !Directory.Exists(folder)
            ? new DirectoryNotFoundException($"The directory {folder} does not exist", exception)
        : exception is AddressInUseException ? new InvalidOperationException(
            "There is a file of this name. If no other program listens there, an earlier one has left it behind: delete it", exception)
        : exception;

    /// <summary>Puts this around each transport that is registered.</summary>
    public static void Wrap(IServiceCollection services)
    {
        for (var i = 0; i < services.Count; i++)
        {
            if (services[i] is { IsKeyedService: false, ImplementationType: { } transport } && services[i].ServiceType == typeof(IConnectionListenerFactory))
            {
                services[i] = ServiceDescriptor.Singleton<IConnectionListenerFactory>(
                    provider => new NamedListeners((IConnectionListenerFactory)ActivatorUtilities.CreateInstance(provider, transport)));
            }
        }
    }
}
