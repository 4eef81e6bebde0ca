using Proxy.Affinity;
using Proxy.Connections;
using Proxy.Decisions;
using Proxy.Outcomes;
using Proxy.Requests;
using Proxy.Requests.Protocols;


namespace Proxy.Forwarding;

/// <summary>Reports to the table of connections which of their requests are open.</summary>
internal sealed class RequestFollower(ConnectionTable connections, HubPaths hubs)
{
    /// <summary>A request is about to be sent. A poll counts from here on: it is pending before there is any answer.</summary>
    public void Sent(HttpContext context, RoutedRequest routed)
    {
        if (routed.Request.Kind is RequestKind.HasId && routed.Request.Transport is Transport.LongPolling or Transport.Unknown && NamesConnection(routed))
        {
            Start(context, routed);
        }
    }

    /// <summary>The node has opened a WebSocket or an event stream.</summary>
    public void Opened(HttpContext context, RoutedRequest routed)
    {
        if (routed.Request.Transport is Transport.WebSockets or Transport.ServerSentEvents)
        {
            Start(context, routed);
        }
    }

    /// <summary>The request is over, whatever came of it.</summary>
    public void Ended(RoutedRequest routed)
    {
        if (routed.Attempt is not { Connection: { } connection } attempt)
        {
            return;
        }

        attempt.Connection = null;

        var end = routed.Request.Protocol.EndAfter(attempt.NodeStatus);
        var isGone = end is ConnectionEnd.Ended || attempt.Limit is { IsMoving: true };
        connections.RequestEnded(connection, routed.Request.Transport, isGone, isGoneIfLast: end is ConnectionEnd.EndedIfLast);
    }

    private void Start(HttpContext context, RoutedRequest routed)
    {
        var request = routed.Request;
        IdKey? key = NamesConnection(routed) ? routed.HashId(connections.Hasher) : null;
        routed.Attempt!.Connection = connections.RequestStarted(
            key, routed.Node.State, request.Protocol, request.Transport, context.ClientAddress()?.ToString());
    }

    // A value that only looks like an id may be an application's own, and a stream that names it is a new connection for each client.
    private bool NamesConnection(RoutedRequest routed) =>
        routed.Request.HasId
        && (routed.Decision.Outcome.Row().Owner is OwnerLookup.Found || hubs.Names(routed.Snapshot, routed.Request));
}
