using Proxy.Affinity.Foreign;
using Proxy.Authentication;
using Proxy.Configuration;
using Proxy.Connections;
using Proxy.Metrics;
using Proxy.Nodes;
using Proxy.Outcomes;
using Proxy.Requests;
using Proxy.Routers;
using Yarp.ReverseProxy.Model;

namespace Proxy.Affinity;

/// <summary>Steps 1 to 3 of a request's life as one function of the request, one snapshot and the table of ids. Nothing routes beside it.</summary>
/// <remarks>
/// 1. Refuse what must not be forwarded. 2. Find the owner of an id: tag, then what was learned, then the refusal. Health is not asked: the node
/// alone knows whether the connection lives. 3. For a request without an id: the cookie's node, else the one that a cookie of another proxy names, else the
/// node to which the client's connection has a private connection, else the best tier's router.
/// </remarks>
internal sealed class DecisionMaker(ConnectionTable connections, HubPaths hubs)
{
    /// <summary>Decides about a request.</summary>
    /// <param name="context">For the cookie and the router.</param>
    /// <param name="request">What was read off it.</param>
    /// <param name="snapshot">The cluster as it is now.</param>
    /// <param name="tried">Nodes that have failed this request already, or <see langword="null"/>.</param>
    /// <param name="explanation">Receives the steps of a request that is not sent; <see langword="null"/> for one that is.</param>
    public Decision Decide(HttpContext context, in RequestInfo request, ClusterSnapshot snapshot, IReadOnlyCollection<GatewayNode>? tried = null,
        IExplanationSink? explanation = null)
    {
        explanation?.Step("classify", request.Kind.Name(), request.Malformed);
        if (request.Malformed is not null)
        {
            return Decision.Refuse(new Refusal(RoutingOutcome.BadRequest, request.Malformed));
        }

        if (request.HasConnectionCredentials && PrivateConnections.IsMultiplexed(context))
        {
            explanation?.Step("authentication", "refused", "Credentials that log in a connection, on one that carries several requests at once.");
            return Decision.Refuse(RoutingOutcome.ConnectionBasedAuth);
        }

        var mode = snapshot.Options.Affinity.Mode;
        if (!request.HasId)
        {
            return PickNode(context, request, snapshot, mode, tried, explanation);
        }

        if (mode is AffinityMode.Auto or AffinityMode.Tag or AffinityMode.Learn && FindOwner(request, snapshot, mode, explanation) is { } owner)
        {
            if (owner.Refusal is null)
            {
                return owner;
            }

            // A preflight only asks what the hub would allow: any node of it can answer.
            return request.Kind is RequestKind.Preflight
                ? PickNode(context, request, snapshot, mode, tried, explanation)
                : Decision.Refuse(request.Protocol.RefuseId(owner.Outcome));
        }

        if (hubs.MayName(snapshot, request))
        {
            return PickNode(context, request, snapshot, mode, tried, explanation);
        }

        explanation?.Step("id", "the application's", "It names no connection, where it stands and as it looks.");
        return PickNode(context, request.WithoutId(), snapshot, mode, tried, explanation) with { IgnoresId = true };
    }

    private Decision? FindOwner(in RequestInfo request, ClusterSnapshot snapshot, AffinityMode mode, IExplanationSink? explanation)
    {
        if (request.IdIsRepeated && (request.HasTag || hubs.Names(snapshot, request)))
        {
            explanation?.Step("id", "repeated", "Several ids; ASP.NET Core joins them, and no node knows the result.");
            return Decision.Refuse(RoutingOutcome.UnknownId);
        }

        Decision? refusal = null;
        if (request.HasTag && mode is AffinityMode.Auto or AffinityMode.Tag)
        {
            Span<char> tag = stackalloc char[Tag.Length];
            request.CopyTag(tag);
            if (snapshot.FindByTag(tag) is { } tagged)
            {
                if (tagged.State.Process.HasOrphans && connections.IsOrphan(request.RawNodeId))
                {
                    explanation?.Step("tag", "hit", $"{tagged.Name}, but its process was started anew since");
                    return Decision.Refuse(RoutingOutcome.OwnerRestarted);
                }

                explanation?.Step("tag", "hit", tagged.Name);
                return new Decision(RoutingOutcome.Tag, tagged);
            }

            refusal = Decision.Refuse(snapshot.IsRemovedTag(tag) ? RoutingOutcome.OwnerRemoved : RoutingOutcome.BadTag);
            explanation?.Step("tag", "miss", refusal.Value.Outcome.Name());
        }

        if (mode is AffinityMode.Auto or AffinityMode.Learn)
        {
            if (connections.FindLearned(request.RawId) is { } learned)
            {
                var node = learned.State.IdsForgotten ? null : snapshot.Find(learned.State);
                explanation?.Step("store", node is null ? "owner gone" : "hit", learned.State.Name);
                return node is null ? Decision.Refuse(RoutingOutcome.OwnerRemoved)
                    : learned.IsOrphan ? Decision.Refuse(RoutingOutcome.OwnerRestarted)
                    : new Decision(RoutingOutcome.Store, node);
            }

            var isForgotten = connections.IsForgotten(request.RawId);
            explanation?.Step("store", isForgotten ? "owner gone" : "miss");
            refusal ??= isForgotten ? Decision.Refuse(RoutingOutcome.OwnerRemoved)
                : hubs.Names(snapshot, request) ? Decision.Refuse(RoutingOutcome.UnknownId)
                : null;
        }

        return refusal;
    }

    private static Decision PickNode(
        HttpContext context, in RequestInfo request, ClusterSnapshot snapshot, AffinityMode mode, IReadOnlyCollection<GatewayNode>? tried,
        IExplanationSink? explanation)
    {
        var opens = request.Kind is RequestKind.Negotiate or RequestKind.WebSocket;
        if (FindCookie(context, request, snapshot, mode, opens, out var isCurrent, out var foreign) is { } preferred)
        {
            var refusal = WhyNot(preferred, request, snapshot, tried, opens);
            explanation?.Step(foreign is null ? "cookie" : "foreign cookie", refusal is null ? "hit" : "not available",
                foreign is null ? preferred.Name : $"{preferred.Name}, by {foreign.Name} of {EnumNames.Text(foreign.Kind)}");
            if (refusal is null)
            {
                return new Decision(foreign is null ? RoutingOutcome.Cookie : RoutingOutcome.ForeignCookie, preferred, Binds: !isCurrent);
            }

            // A node that drains or waits in staging loses its cookies' clients; one that is down or full keeps them under Required.
            if (snapshot.Options.Affinity.Reattach is Reattach.Required && preferred.Lifecycle is NodeLifecycle.Open)
            {
                return Decision.Refuse(new Refusal(refusal.Value, "The node that the cookie requires takes no new connection."));
            }
        }

        var mayBind = mode is not (AffinityMode.ClientIp or AffinityMode.None);
        if (FindPrivate(context, request, snapshot, tried, opens) is { } bound)
        {
            explanation?.Step("private connection", "hit", bound.Name);
            return new Decision(RoutingOutcome.PrivateConnection, bound, mayBind);
        }

        var enforcesCapacity = opens && snapshot.Options.EnforceCapacity; // what is connected already has its place
        var candidates = Candidates(snapshot, tried, enforcesCapacity, out var isFull);
        if (candidates.Count == 0)
        {
            explanation?.Step("candidates", "none");
            return Decision.Refuse(isFull ? RoutingOutcome.OverCapacity : RoutingOutcome.NoNodeOnline);
        }

        if (mode is AffinityMode.ClientIp)
        {
            var hashed = Rendezvous.Pick(ClientIpKey.Of(context), candidates);
            explanation?.Step("client-ip", "hit", hashed.Name);
            return new Decision(RoutingOutcome.ClientIp, hashed);
        }

        return explanation is null ? AskRouter(context, snapshot, candidates, mayBind) : ExplainRouter(context, snapshot, candidates, mayBind, explanation);
    }

    private static GatewayNode? FindCookie(
        HttpContext context, in RequestInfo request, ClusterSnapshot snapshot, AffinityMode mode, bool opens, out bool isCurrent, out ForeignCookie? foreign)
    {
        isCurrent = false;
        foreign = null;
        if (request.Kind is RequestKind.Preflight || mode is AffinityMode.ClientIp or AffinityMode.None
            || (opens && snapshot.Options.Affinity.Reattach is Reattach.Disabled))
        {
            return null;
        }

        // Ours is newer than what another proxy has left: a drain may have moved the client since. Nor does that say where a connection is that has an id.
        return snapshot.Cookies.Find(context.Request, out isCurrent)
            ?? (request.Kind is RequestKind.HasId ? null : snapshot.Foreign?.Find(context.Request, out foreign));
    }

    // In the middle of a handshake no other node knows what the client is talking about; else the rules are those of the cookie's node.
    private static GatewayNode? FindPrivate(
        HttpContext context, in RequestInfo request, ClusterSnapshot snapshot, IReadOnlyCollection<GatewayNode>? tried, bool opens)
    {
        if (PrivateConnections.Of(context)?.Latest is not { } latest || snapshot.Find(latest.Node) is not { } node)
        {
            return null;
        }

        var takes = latest.IsInHandshake && request.HasConnectionCredentials
            ? tried?.Contains(node) is not true && IsThere(node)
            : WhyNot(node, request, snapshot, tried, opens) is null;
        return takes ? node : null;
    }

    // Null: the cookie's node takes the request.
    private static RoutingOutcome? WhyNot(
        GatewayNode node, in RequestInfo request, ClusterSnapshot snapshot, IReadOnlyCollection<GatewayNode>? tried, bool opens)
    {
        // A node that connections are being moved off gets no new ones, except from clients that must not go to another node.
        var takes = opens && snapshot.Options.Affinity.Reattach is not Reattach.Required ? node.TakesNew : node.Online || Keeps(node, request);
        if (tried?.Contains(node) is true || !takes)
        {
            return RoutingOutcome.NoNodeOnline;
        }

        return opens && snapshot.Options.EnforceCapacity && IsFull(node) ? RoutingOutcome.OverCapacity : null;
    }

    // Where ids are not looked at, the cookie is all that keeps a live connection on the node that it is on: also on one that drains.
    private static bool Keeps(GatewayNode node, in RequestInfo request) =>
        request.Kind is RequestKind.HasId && node is { Lifecycle: NodeLifecycle.Draining } && IsThere(node);

    private static bool IsThere(GatewayNode node) => node.Destination.Health.Active is not DestinationHealth.Unhealthy;

    private static IReadOnlyList<GatewayNode> Candidates(
        ClusterSnapshot snapshot, IReadOnlyCollection<GatewayNode>? tried, bool enforcesCapacity, out bool isFull)
    {
        isFull = false;
        return tried is not { Count: > 0 } && !enforcesCapacity ? snapshot.Candidates : CandidatesAmong(snapshot.Nodes, tried, enforcesCapacity, out isFull);
    }

    private static GatewayNode[] CandidatesAmong(
        IReadOnlyList<GatewayNode> nodes, IReadOnlyCollection<GatewayNode>? tried, bool enforcesCapacity, out bool isFull)
    {
        var untried = nodes.Where(node => tried?.Contains(node) is not true).ToArray();
        isFull = enforcesCapacity && Array.Exists(untried, node => node.TakesNew);
        return ClusterSnapshot.BestTier(enforcesCapacity ? [.. untried.Where(node => !IsFull(node))] : untried);
    }

    private static bool IsFull(GatewayNode node) =>
        node.Metrics is { ConnectionCapacity: > 0 } metrics && metrics.ClientConnectionCount >= metrics.ConnectionCapacity;

    private static Decision AskRouter(HttpContext context, ClusterSnapshot snapshot, IReadOnlyList<GatewayNode> candidates, bool binds)
    {
        // Routers refuse with a status, as the Azure SDK's samples do; without one they have found no node. When a request is to be tried on another node,
        // the response has the status of the first node's answer already: it is kept, and not taken for a refusal.
        var former = context.Response.StatusCode;
        context.Response.StatusCode = StatusCodes.Status200OK;
        var picked = snapshot.Router.PickOwner(context, candidates);
        var status = context.Response.StatusCode;
        context.Response.StatusCode = former;
        if (picked is not null)
        {
            return candidates.Contains(picked)
                ? new Decision(RoutingOutcome.Router, picked, binds)
                : Decision.Refuse(new Refusal(RoutingOutcome.NoNodeOnline, "The router picked a node that was none of the candidates."));
        }

        if (status < StatusCodes.Status400BadRequest)
        {
            return Decision.Refuse(new Refusal(RoutingOutcome.NoNodeOnline, "The router picked no node."));
        }

        var outcome = status < StatusCodes.Status500InternalServerError ? RoutingOutcome.BadRequest : RoutingOutcome.NoNodeOnline;
        return Decision.Refuse(new Refusal(outcome, "The router refused the request.") { Status = status });
    }

    private static Decision ExplainRouter(
        HttpContext context, ClusterSnapshot snapshot, IReadOnlyList<GatewayNode> candidates, bool binds, IExplanationSink explanation)
    {
        var shares = snapshot.Router.GetShares(context, candidates);
        explanation.Step("router", snapshot.Router.Name);
        explanation.Candidates(candidates, shares);
        if (shares is null)
        {
            return new Decision(RoutingOutcome.Router, null, binds);
        }

        if (shares.All(share => share == 0))
        {
            return Decision.Refuse(new Refusal(RoutingOutcome.BadRequest, "The router refuses the request."));
        }

        var certain = shares.Count(share => share > 0) == 1 ? shares.TakeWhile(share => share == 0).Count() : -1;
        return new Decision(RoutingOutcome.Router, certain < 0 ? null : candidates[certain], binds);
    }
}
