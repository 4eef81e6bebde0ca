using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Runtime.Versioning;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace EventLoops;

/// <summary>A transport of Kestrel for TCP on event loops. The socket of one of its connections can be taken out of Kestrel (<see cref="IHandOff"/>).</summary>
[SuppressMessage("Performance", "CA1812", Justification = "The service container creates it.")]
[SupportedOSPlatform("linux")]
internal sealed class ClientTransport(IMemoryPoolFactory<byte> pools, TimeProvider time, ILogger<ClientListener> logger)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    /// <summary>Takes TCP only. Kestrel asks the transport that was registered before for the other kinds of endpoints.</summary>
    public bool CanBind(EndPoint endpoint) => endpoint is IPEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new(new ClientListener((IPEndPoint)endpoint, pools.Create(), time, logger));
}
