using System.Diagnostics.Metrics;
using Proxy.Authentication;
using Proxy.Clusters;
using Proxy.Nodes.Tls;
using Yarp.ReverseProxy.Forwarder;

namespace Proxy.Forwarding;

/// <summary>Clients of the clusters that take part.</summary>
/// <remarks>
/// The pool's idle time is below Kestrel's 130 s, so that nothing is written into a connection that the node closes. Its lifetime lets DNS changes through
/// and does not touch tunnels and pending polls. The number of connections has no limit, because each poll and each stream holds one.
/// The meters are this gateway's own, because several gateways may run in one process.
/// </remarks>
internal sealed class StickyHttpClientFactory(IMeterFactory meters, ILogger<ForwarderHttpClientFactory> logger, NodeConnector nodes)
    : ForwarderHttpClientFactory(logger), IForwarderHttpClientFactory
{
    HttpMessageInvoker IForwarderHttpClientFactory.CreateClient(ForwarderHttpClientContext context) =>
        CanReuseOldClient(context) ? context.OldClient!
        : ConnectTimeout(context.NewMetadata) is null ? CreateClient(context)
        : new NodeClients(profile => CreateClient(new NodeContext(profile)
        {
            ClusterId = context.ClusterId,
            NewConfig = context.NewConfig,
            NewMetadata = context.NewMetadata,
        }));

    protected override bool CanReuseOldClient(ForwarderHttpClientContext context) =>
        base.CanReuseOldClient(context) && ConnectTimeout(context.OldMetadata) == ConnectTimeout(context.NewMetadata);

    /// <summary>Sets up the handler for the nodes of one cluster that have one TLS profile.</summary>
    protected override void ConfigureHandler(ForwarderHttpClientContext context, SocketsHttpHandler handler)
    {
        base.ConfigureHandler(context, handler);
        handler.MeterFactory = meters;
        if (ConnectTimeout(context.NewMetadata) is { } timeout)
        {
            handler.ConnectTimeout = timeout;
            handler.PooledConnectionIdleTimeout = TimeSpan.FromSeconds(50);
            handler.PooledConnectionLifetime = TimeSpan.FromMinutes(2);
            handler.Expect100ContinueTimeout = TimeSpan.FromSeconds(1);
            handler.ResponseDrainTimeout = TimeSpan.FromSeconds(1);
        }

        if (context is NodeContext { Profile: var profile })
        {
            handler.ConnectCallback = (connection, cancellationToken) => nodes.ConnectAsync(context.ClusterId, connection, cancellationToken);
            if (context.NewMetadata?.ContainsKey(PrivateConnection.MetadataKey) is true)
            {
                PrivateConnection.Configure(handler); // below TLS: HttpClient takes a connection as secure only if it is an SslStream itself
            }

            handler.ConnectCallback = new TlsConnector(
                profile, handler.SslOptions.EnabledSslProtocols, handler.ConnectCallback, handler.UseProxy).ConnectAsync;
            if (handler.UseProxy)
            {
                profile.Configure(handler.SslOptions);
            }
        }
    }

    private static TimeSpan? ConnectTimeout(IReadOnlyDictionary<string, string>? metadata) =>
        metadata?.TryGetValue(StickyConfigFilter.ConnectTimeoutKey, out var text) is true ? TimeSpan.ParseExact(text, "c", null) : null;

    private sealed class NodeContext(TlsProfile profile) : ForwarderHttpClientContext
    {
        public TlsProfile Profile => profile;
    }
}
