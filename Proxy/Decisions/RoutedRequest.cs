using Proxy.Affinity;
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

    public RequestInfo Request { get; } = request;

    /// <summary>The cluster as it was when the request came; every step of the request sees the same.</summary>
    public ClusterSnapshot Snapshot { get; } = snapshot;

    /// <summary>The decision in force; a retry replaces it.</summary>
    public Decision Decision { get; private set; } = decision;

    public GatewayNode Node => Decision.Node!;

    /// <summary>Whether the peer's own X-Forwarded-* count.</summary>
    public bool IsTrustedPeer { get; } = isTrustedPeer;

    /// <summary>How long reading and deciding took.</summary>
    public TimeSpan DecisionTime { get; init; }

    /// <summary>Nodes that have failed this request.</summary>
    public IReadOnlyCollection<GatewayNode> Tried => (IReadOnlyCollection<GatewayNode>?)_tried ?? [];

    /// <summary>Limits of the attempt that is under way, or <see langword="null"/>.</summary>
    public AttemptLimit? Limit { get; set; }

    /// <summary>The place among the connections that are being opened; given back with the answer, since a tunnel may last.</summary>
    public IDisposable? Lease { get; set; }

    /// <summary>Decided where to go next after the node's answer was dropped.</summary>
    public Decision? Next { get; set; }

    /// <summary>Status of the node's answer, 0 before it.</summary>
    public int NodeStatus { get; set; }

    /// <summary>The connection that the request is counted for.</summary>
    public Connection? Connection { get; set; }

    /// <summary>What was read of the node's body, or <see langword="null"/>.</summary>
    public byte[]? Prefetched { get; set; }

    /// <summary>The whole body was read.</summary>
    public bool IsPrefetchComplete { get; set; }

    /// <summary>The id as it may be shown and as its connection is known by; computed once.</summary>
    public IdKey HashId(IdHasher hasher) => _id ??= hasher.HashQueryValue(
        Decision.Outcome.Row().NamesTaggedId ? Request.RawNodeId : Request.RawId);

    /// <summary>For the access log, or <see langword="null"/> when there is none.</summary>
    public AccessEntry? Access { get; set; }

    /// <summary>Turns to another node.</summary>
    public void MoveTo(Decision next, HttpContext context)
    {
        (_tried ??= []).Add(Node);
        Decision = next;
        Next = null;
        NodeStatus = 0;
        if (context.GetReverseProxyFeature() is { } feature)
        {
            feature.ProxiedDestination = next.Node!.Destination;
        }
    }
}
