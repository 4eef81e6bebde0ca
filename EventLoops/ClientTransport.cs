using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Runtime.Versioning;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace EventLoops;

/// <summary>Kestrel's way to its clients over TCP, by event loops of our own, so that a WebSocket's socket can be taken out of it.</summary>
[SuppressMessage("Performance", "CA1812", Justification = "Made by the container.")]
[SupportedOSPlatform("linux")]
internal sealed class ClientTransport(IMemoryPoolFactory<byte> pools, ILogger<ClientListener> logger) : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    /// <summary>TCP alone; Kestrel's own transport has the rest.</summary>
    public bool CanBind(EndPoint endpoint) => endpoint is IPEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new(new ClientListener((IPEndPoint)endpoint, pools.Create(), logger));
}
