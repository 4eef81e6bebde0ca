using System.Diagnostics.Metrics;
using Proxy.Authentication;
using Proxy.Clusters;
using Yarp.ReverseProxy.Forwarder;

namespace Proxy.Forwarding;

/// <summary>Clients of the clusters that take part.</summary>
/// <remarks>
/// The pool's idle time is below Kestrel's 130 s, so that nothing is written into a connection that the node closes. Its lifetime lets DNS changes through
/// and does not touch tunnels and pending polls. The number of connections has no limit, because each poll and each stream holds one.
/// The meters are this gateway's own, because several gateways may run in one process.
/// </remarks>
internal sealed class StickyHttpClientFactory(IMeterFactory meters, ILogger<ForwarderHttpClientFactory> logger, NodeConnector nodes)
    : ForwarderHttpClientFactory(logger)
{
    protected override bool CanReuseOldClient(ForwarderHttpClientContext context) =>
        base.CanReuseOldClient(context) && ConnectTimeout(context.OldMetadata) == ConnectTimeout(context.NewMetadata);

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
            handler.ConnectCallback ??= (connection, cancellationToken) => nodes.ConnectAsync(context.ClusterId, connection, cancellationToken);
        }

        if (context.NewMetadata?.ContainsKey(PrivateConnection.MetadataKey) is true)
        {
            PrivateConnection.Configure(handler);
        }
    }

    private static TimeSpan? ConnectTimeout(IReadOnlyDictionary<string, string>? metadata) =>
        metadata?.TryGetValue(StickyConfigFilter.ConnectTimeoutKey, out var text) is true ? TimeSpan.ParseExact(text, "c", null) : null;
}
