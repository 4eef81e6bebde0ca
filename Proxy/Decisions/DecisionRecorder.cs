using System.Diagnostics;
using Proxy.Connections;
using Proxy.Metrics;
using Proxy.Nodes;
using Proxy.Outcomes;
using Proxy.Requests;

namespace Proxy.Decisions;

/// <summary>Counts every decision once, and writes it into the log of decisions and the access log.</summary>
internal sealed class DecisionRecorder(
    OutcomeCounters outcomes, GatewayMetrics metrics, DecisionLog log, AccessLog access, ConnectionTable connections, TimeProvider time)
{
    /// <summary>A node was found for a request.</summary>
    public void Decided(HttpContext context, RoutedRequest routed)
    {
        outcomes.Count(routed.Decision.Outcome);
        metrics.LookedUp(routed.Decision.Outcome, routed.Request.Transport);
        access.Follow(context, routed);
        Write(context, routed, routed.Decision.Outcome, routed.Decision.Status, routed.Node.Name);
    }

    /// <summary>Another node was found for a request that a node has failed. It has been counted before.</summary>
    /// <param name="context">The request.</param>
    /// <param name="routed">With the new node.</param>
    /// <param name="failed">The node that has failed it.</param>
    public void Retried(HttpContext context, RoutedRequest routed, GatewayNode failed)
    {
        metrics.Retried(failed.Name);
        Write(context, routed, routed.Decision.Outcome, routed.Decision.Status, routed.Node.Name);
    }

    /// <summary>The gateway answers a request by itself.</summary>
    public void Refused(HttpContext context, RoutedRequest? routed, Refusal refusal)
    {
        outcomes.Count(refusal.Outcome);
        metrics.LookedUp(refusal.Outcome, routed?.Request.Transport ?? Transport.Unknown);
        if (routed is not null)
        {
            access.Follow(context, routed);
            routed.Access?.Refusal = refusal.Outcome;
            Write(context, routed, refusal.Outcome, refusal.Status, routed.Decision.Node?.Name);
        }
    }

    private void Write(HttpContext context, RoutedRequest routed, RoutingOutcome outcome, int status, string? node)
    {
        if (Activity.Current is { } activity)
        {
            activity.SetTag(MetricTags.Outcome, outcome.Name());
            activity.SetTag(MetricTags.Node, node);
        }

        if (!log.IsOn)
        {
            return;
        }

        var request = routed.Request;
        var cookieNode = CookieNode(context, routed, outcome, out var foreignCookie);
        log.Add(new DecisionRecord
        {
            Time = time.GetUtcNow(),
            Kind = request.Kind,
            Protocol = request.Protocol,
            Transport = request.Transport,
            Cluster = routed.Snapshot.ClusterId,
            Path = request.Path,
            Id = request.HasId ? routed.HashId(connections.Hasher) : null,
            Client = context.ClientAddress(),
            Outcome = outcome,
            Node = node,
            CookieNode = cookieNode,
            ForeignCookie = foreignCookie,
            Status = status,
            Attempt = routed.Tried.Count + 1,
            Duration = routed.DecisionTime,
        });
    }

    // A replay needs the node that a cookie named, where no id decides.
    private static string? CookieNode(HttpContext context, RoutedRequest routed, RoutingOutcome outcome, out int foreignCookie)
    {
        foreignCookie = 0;
        if (outcome is RoutingOutcome.Cookie)
        {
            return routed.Decision.Node?.Name;
        }

        if (routed.Request.HasId)
        {
            return null;
        }

        if (routed.Snapshot.Cookies.Find(context.Request, out _) is { } own)
        {
            return own.Name;
        }

        if (routed.Snapshot.Foreign is not { } others || others.Find(context.Request, out var cookie) is not { } node)
        {
            return null;
        }

        foreignCookie = others.PlaceOf(cookie!);
        return node.Name;
    }
}
