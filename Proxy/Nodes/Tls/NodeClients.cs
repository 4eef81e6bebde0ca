using System.Runtime.CompilerServices;

namespace Proxy.Nodes.Tls;

/// <summary>The client of one cluster, as YARP keeps it, and beside it one client for each way in which TLS is spoken to a node of the cluster.</summary>
/// <remarks>
/// A client has a pool of connections of its own, so what was secured in one way never carries a request for another. The clients of a profile that no node has
/// any more are not disposed of, as YARP's are not: requests and tunnels go on, and idle connections end with the pool's idle time.
/// </remarks>
/// <param name="create">Builds a client for a profile.</param>
internal sealed class NodeClients(Func<TlsProfile, HttpMessageInvoker> create) : HttpMessageInvoker(new NoHandler())
{
    private readonly Lazy<HttpMessageInvoker> _default = new(() => create(TlsProfile.Default));
    private readonly ConditionalWeakTable<TlsProfile, HttpMessageInvoker> _clients = [];

    /// <summary>The client for requests to a node.</summary>
    public HttpMessageInvoker For(GatewayNode node) => node.Tls is { } tls ? _clients.GetValue(tls.Current, Create) : _default.Value;

    /// <summary>For requests that are not made for a node.</summary>
    public override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        _default.Value.SendAsync(request, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            if (_default.IsValueCreated)
            {
                _default.Value.Dispose();
            }

            foreach (var (_, client) in _clients)
            {
                client.Dispose();
            }
        }

        base.Dispose(disposing);
    }

    private HttpMessageInvoker Create(TlsProfile profile) => create(profile);

    // The base class insists on one.
    private sealed class NoHandler : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }
}
