using Proxy.Affinity;
using Proxy.Clusters;
using Proxy.Connections;
using Proxy.Nodes;
using Proxy.Outcomes;
using Proxy.Requests;

namespace Proxy.Decisions;

/// <summary>What the gateway knows of a request on its way; a feature of its HttpContext.</summary>
internal sealed class RoutedRequest(RequestInfo request, ClusterSnapshot snapshot, Decision decision, bool isTrustedPeer)
{
    private List<GatewayNode>? _tried;
    private IdKey? _id;

    /// <summary>What was read off the request; without an id where that is none of a connection's.</summary>
    public RequestInfo Request { get; } = decision.IgnoresId ? request.WithoutId() : request;

    /// <summary>The cluster as it was when the request came; every step of the request sees the same.</summary>
    public ClusterSnapshot Snapshot { get; } = snapshot;

    /// <summary>The decision in force; when another node is tried, the decision for that node.</summary>
    public Decision Decision { get; private set; } = decision;

    public GatewayNode Node => Decision.Node!;

    /// <summary>Whether the peer's own X-Forwarded-* count.</summary>
    public bool IsTrustedPeer { get; } = isTrustedPeer;

    /// <summary>How long reading and deciding took.</summary>
    public TimeSpan DecisionTime { get; init; }

    /// <summary>The attempt that is under way, or the last one; <see langword="null"/> before the first.</summary>
    public Attempt? Attempt { get; private set; }

    /// <summary>Its WebSocket goes on without it.</summary>
    public bool IsHandedOff { get; set; }

    /// <summary>Nodes that have failed this request.</summary>
    public IReadOnlyCollection<GatewayNode> Tried => (IReadOnlyCollection<GatewayNode>?)_tried ?? [];

    /// <summary>What the access log will say, or <see langword="null"/> when there is none.</summary>
    public AccessEntry? Access { get; set; }

    /// <summary>The id as it may be shown, which is also the key of its connection; computed once.</summary>
    public IdKey HashId(IdHasher hasher) => _id ??= hasher.HashQueryValue(
        Decision.Outcome.Row().NamesTaggedId ? Request.RawNodeId : Request.RawId);

    /// <summary>Begins an attempt on the node of the decision in force.</summary>
    /// <param name="limit">What can end the attempt, or <see langword="null"/>.</param>
    /// <param name="lease">The place at the node, or <see langword="null"/> for a request that needs none.</param>
    public Attempt BeginAttempt(AttemptLimit? limit = null, NegotiateLease? lease = null) => Attempt = new Attempt(Node, limit, lease);

    /// <summary>Turns to another node, for the next attempt.</summary>
    public void MoveTo(Decision next, HttpContext context)
    {
        (_tried ??= []).Add(Node);
        Decision = next;
        if (context.GetReverseProxyFeature() is { } feature)
        {
            feature.ProxiedDestination = next.Node!.Destination;
        }
    }
}
