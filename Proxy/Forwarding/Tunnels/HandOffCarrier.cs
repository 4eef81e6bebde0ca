using System.Runtime.Versioning;
using EventLoops;
using Microsoft.AspNetCore.Http.Features;
using Proxy.Authentication;
using Proxy.Configuration;
using Proxy.Decisions;

namespace Proxy.Forwarding.Tunnels;

/// <summary>Takes the sockets of an agreed WebSocket out of Kestrel and the handshake, and hands them to a <see cref="HandOffTunnel"/>.</summary>
internal sealed class HandOffCarrier(TunnelRegistry tunnels, TunnelCompletion completion, AccessLog accessLog, TimeProvider time)
{
    /// <summary>The client's connection, if a socket can be taken out at either side.</summary>
    /// <returns><see langword="null"/> where something stands between, such as TLS, HTTP/2, or a proxy on the way to the node, and
    /// where the handshake has to take a connection that is open already because the client is authenticated by it.</returns>
    [SupportedOSPlatform("linux")]
    public static IHandOff? Find(HttpContext context, RoutedRequest routed, HttpRequestMessage request) =>
        routed.Snapshot.Options.Tunnel is TunnelKind.Auto or TunnelKind.Handoff
            && HttpProtocol.IsHttp11(context.Request.Protocol)
            && request.RequestUri is { } target && string.Equals(target.Scheme, Uri.UriSchemeHttp, StringComparison.Ordinal)
            && context.GetReverseProxyFeature().Cluster.Config.HttpClient?.WebProxy is null
            && PrivateConnections.Of(context)?.Use(routed.Node.State) is null
            && context.Features.Get<IHandOff>() is { IsPlain: true } handOff
                ? handOff
                : null;

    /// <summary>Sends the answer and starts the tunnel. The request ends then, and with it Kestrel's connection; nothing of them is kept.</summary>
    [SupportedOSPlatform("linux")]
    public async ValueTask CarryAsync(HttpContext context, RoutedRequest routed, Attempt attempt, NodeHandshake handshake, bool hasExtensions)
    {
        var handOff = context.Features.GetRequiredFeature<IHandOff>();
        var connection = attempt.Connection;
        if (connection is not null)
        {
            connection.Tunnel = "handoff"; // before the client has its answer: from then on it can be asked for
        }

        await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
        if (!handOff.TryRelease(out var client, out var unread))
        {
            return; // the client has left
        }

        var node = handshake.Release();
        if (node < 0)
        {
            Descriptors.Close(client, isAbort: true); // the node has left
            return;
        }

        routed.IsHandedOff = true;
        attempt.Connection = null; // it ends with the tunnel, not with the request
        var tunnel = new HandOffTunnel(handOff.EventLoop, client, node, hasExtensions, attempt.Node.State, connection, completion, time);
        tunnels.Add(tunnel, routed.Snapshot.Options.Timeouts.WebSocket);
        connection?.Attach(tunnel);
        tunnel.Start(unread, handshake.Unread, accessLog.Defer(context, routed, () => tunnel.Bytes));
    }
}
