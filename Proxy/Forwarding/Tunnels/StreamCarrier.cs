using System.Net;
using EventLoops;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Timeouts;
using Proxy.Decisions;

namespace Proxy.Forwarding.Tunnels;

/// <summary>Carries an agreed WebSocket through a <see cref="StreamTunnel"/>, within its request.</summary>
internal sealed class StreamCarrier(TunnelRegistry tunnels, TunnelCompletion completion, TimeProvider time)
{
    /// <summary>Sends the answer, and returns when the tunnel has ended.</summary>
    public async ValueTask CarryAsync(
        HttpContext context, RoutedRequest routed, Attempt attempt, HttpResponseMessage answer, bool hasExtensions, CancellationToken cancellationToken)
    {
        if (attempt.Connection is { } opened)
        {
            opened.Tunnel = "stream"; // before the client has its answer: from then on it can be asked for
        }

        await using var node = await answer.Content.ReadAsStreamAsync(cancellationToken);
        await using var client = await OpenAsync(context);
        context.Features.Get<IHttpRequestTimeoutFeature>()?.DisableTimeout();

        using var tunnel = new StreamTunnel(
            client, node, answer.Version == HttpVersion.Version20, hasExtensions, attempt.Node.State, attempt.Connection, time);
        tunnels.Add(tunnel, routed.Snapshot.Options.Timeouts.WebSocket);
        attempt.Connection?.Attach(tunnel);
        try
        {
            await tunnel.RunAsync();
        }
        finally
        {
            completion.Complete(tunnel);
        }

        routed.Access?.Ended(tunnel.End!.Value, tunnel.Bytes.FromClient, tunnel.Bytes.ToClient);
        if (tunnel.End is TunnelEnd.NodeError or TunnelEnd.Idle or TunnelEnd.ClientError)
        {
            context.Abort(); // what broke must not look like a proper end
        }
    }

    private static async ValueTask<Stream> OpenAsync(HttpContext context)
    {
        if (HttpProtocol.IsHttp2(context.Request.Protocol))
        {
            return await context.Features.GetRequiredFeature<IHttpExtendedConnectFeature>().AcceptAsync();
        }

        if (OperatingSystem.IsLinux())
        {
            context.Features.Get<IHandOff>()?.LeaveEndToReader();
        }

        return await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
    }
}
