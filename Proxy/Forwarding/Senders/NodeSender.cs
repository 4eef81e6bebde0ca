using System.Runtime.CompilerServices;
using Proxy.Authentication;
using Proxy.Clusters;
using Proxy.Configuration;
using Proxy.Decisions;
using Proxy.Forwarding.Tunnels;
using Proxy.Nodes.Tls;
using Proxy.Requests;
using Yarp.ReverseProxy.Forwarder;

namespace Proxy.Forwarding.Senders;

/// <summary>Makes one attempt: sends a request to one node, counts it for its connection meanwhile, and reports a failure to the node's health.</summary>
/// <param name="forwarder">YARP's own forwarder.</param>
/// <param name="webSockets">Sends handshakes in its place.</param>
/// <param name="follower">Counts the request.</param>
/// <param name="operations">Takes in failures.</param>
/// <param name="authentication">Finds the connection that a client has to itself.</param>
/// <param name="refusals">Answers what must not be sent.</param>
internal sealed class NodeSender(
    [FromKeyedServices(NodeSender.Forwarder)] IHttpForwarder forwarder, WebSocketSender webSockets, RequestFollower follower, NodeOperations operations,
    ConnectionAuthentication authentication, Refusals refusals)
{
    /// <summary>The key of YARP's own forwarder among the services.</summary>
    public const string Forwarder = "yarp";

    /// <summary>Sends the request. What has become of it is in the attempt.</summary>
    /// <param name="call">The request.</param>
    /// <param name="attempt">The attempt that has begun on the node.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public ValueTask SendAsync(ForwarderCall call, Attempt attempt, CancellationToken cancellationToken)
    {
        var (context, routed, _, config, _) = call;
        var settings = routed.Snapshot.Timeouts.For(config, attempt.Node.Options.Protocol, routed.Request.Transport);
        var own = authentication.Find(context, routed.Request, attempt.Node, ref settings, out var refusal);
        return refusal is not null ? new(refusals.WriteAsync(context, routed, refusal))
            : SendNowAsync(call with { Client = own?.Client ?? call.Client.For(attempt.Node), Config = settings }, attempt, cancellationToken);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendNowAsync(ForwarderCall call, Attempt attempt, CancellationToken cancellationToken)
    {
        var (context, routed, client, settings, transformer) = call;

        // 3. Count the request while it is open.
        follower.Sent(context, routed);
        if (attempt is { Connection: { } connection, Limit: { } limit })
        {
            connection.Attach(limit); // a pending poll, which can be given up from now on
        }

        try
        {
            // 4. to 7. Send it. RequestSteps and ResponseSteps are called on the way.
            attempt.Error = IsTunneled(routed)
                ? await webSockets.SendAsync(call, attempt, WebSocketHandshake.FormFor(settings, attempt.Node), cancellationToken)
                : await forwarder.SendAsync(
                    context, attempt.Node.Address, StreamedBody.Carrier(context, client), settings, transformer, cancellationToken);

            // 3. again: report a failure to the node's health.
            if (attempt.Error is not ForwarderError.None)
            {
                ReportFailure(context, routed, attempt);
            }
        }
        finally
        {
            follower.Ended(routed);
        }
    }

    private static bool IsTunneled(RoutedRequest routed) =>
        routed.Request.Transport is Transport.WebSockets && routed.Snapshot.Options.Tunnel is not TunnelKind.Yarp;

    // A node whose answer was there, or whose client has failed, is not to blame. Nor is one that the gateway has given up by itself.
    private void ReportFailure(HttpContext context, RoutedRequest routed, Attempt attempt)
    {
        var exception = context.GetForwarderErrorFeature()?.Exception;
        if (RetryRules.IsClientFailure(context, attempt.Error) || RetryRules.HasAnswered(routed, attempt) || RetryRules.IsConnectionLost(exception))
        {
            return;
        }

        if (RetryRules.IsConnectFailure(exception))
        {
            operations.ConnectFailed(attempt.Node);
        }
        else if (routed.Request.Kind is RequestKind.Negotiate or RequestKind.WebSocket && attempt.Limit is not { IsGivenUp: true })
        {
            operations.NegotiateFailed(attempt.Node);
        }
    }
}
