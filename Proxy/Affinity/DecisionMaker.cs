using Proxy.Configuration;
using Proxy.Connections;
using Proxy.Nodes;
using Proxy.Requests;
using Proxy.Routers;

namespace Proxy.Affinity;

/// <summary>Steps 1 to 3 of a request's life as one function of the request, one snapshot and the table of ids. Nothing routes beside it.</summary>
/// <remarks>
/// 1. Refuse what must not be forwarded. 2. Find the owner of an id: tag, then what was learned, then the refusal. Health is not asked: the node
/// alone knows whether the connection lives. 3. For a request without an id: the cookie's node, else the best tier's router.
/// </remarks>
internal sealed class DecisionMaker(ConnectionTable connections, HubPaths hubs)
{
    /// <summary>Decides about a request.</summary>
    /// <param name="context">For the cookie and the router.</param>
    /// <param name="request">What was read off it.</param>
    /// <param name="snapshot">The cluster as it is now.</param>
    /// <param name="tried">Nodes that have failed this request already, or <see langword="null"/>.</param>
    /// <param name="trace">Given to explain a request that is not sent.</param>
    public Decision Decide(HttpContext context, in RequestInfo request, ClusterSnapshot snapshot, IReadOnlyCollection<GatewayNode>? tried = null, IDecisionTrace? trace = null)
    {
        trace?.Step("classify", request.Kind.ToString().ToLowerInvariant(), request.Malformed);
        if (request.Malformed is not null)
        {
            return Decision.Refuse(Outcome.BadRequest, request.Malformed);
        }

        var mode = snapshot.Options.Affinity.Mode;
        if (mode is AffinityMode.Auto or AffinityMode.Tag or AffinityMode.Learn && request.HasId && FindOwner(request, snapshot, mode, trace) is { } owner)
        {
            // A preflight only asks what the hub would allow: any node of it can answer.
            if (request.Kind is not RequestKind.Preflight || !owner.Outcome.IsRefusal())
            {
                // Engine.IO refuses an id with a status of its own (engine.io/lib/server.ts, UNKNOWN_SID).
                return owner.Status is StatusCodes.Status404NotFound && request.Profile is ProtocolProfile.EngineIO
                    ? owner with { Status = StatusCodes.Status400BadRequest }
                    : owner;
            }
        }

        return PickNode(context, request, snapshot, mode, tried, trace);
    }

    private Decision? FindOwner(in RequestInfo request, ClusterSnapshot snapshot, AffinityMode mode, IDecisionTrace? trace)
    {
        var isHub = hubs.Contains(snapshot, request.Path);
        if (request.IdIsRepeated && (isHub || request.HasTag))
        {
            trace?.Step("id", "repeated", "Several ids; ASP.NET Core joins them, and no node knows the result.");
            return Decision.Refuse(Outcome.UnknownId);
        }

        Decision? refusal = null;
        if (request.HasTag && mode is AffinityMode.Auto or AffinityMode.Tag)
        {
            Span<char> tag = stackalloc char[Tag.Length];
            request.CopyTag(tag);
            if (snapshot.FindByTag(tag) is { } tagged)
            {
                if (tagged.State.HasOrphans && connections.IsOrphan(request.RawNodeId))
                {
                    trace?.Step("tag", "hit", $"{tagged.Name}, but its process was started anew since");
                    return Decision.Refuse(Outcome.OwnerRestarted);
                }

                trace?.Step("tag", "hit", tagged.Name);
                return new Decision(Outcome.Tag, tagged);
            }

            refusal = Decision.Refuse(snapshot.IsRemovedTag(tag) ? Outcome.OwnerRemoved : Outcome.BadTag);
            trace?.Step("tag", "miss", refusal.Value.Outcome.Name());
        }

        if (mode is AffinityMode.Auto or AffinityMode.Learn)
        {
            if (connections.FindLearned(request.RawId) is { } learned)
            {
                var node = learned.State.IdsForgotten ? null : snapshot.Find(learned.State);
                trace?.Step("store", node is null ? "owner gone" : "hit", learned.State.Name);
                return node is null ? Decision.Refuse(Outcome.OwnerRemoved)
                    : learned.IsOrphan ? Decision.Refuse(Outcome.OwnerRestarted)
                    : new Decision(Outcome.Store, node);
            }

            trace?.Step("store", "miss");
            refusal ??= isHub ? Decision.Refuse(Outcome.UnknownId) : null;
        }

        return refusal;
    }

    private static Decision PickNode(
        HttpContext context, in RequestInfo request, ClusterSnapshot snapshot, AffinityMode mode, IReadOnlyCollection<GatewayNode>? tried, IDecisionTrace? trace)
    {
        var candidates = snapshot.Candidates;
        if (tried is { Count: > 0 })
        {
            candidates = ClusterSnapshot.BestTier([.. snapshot.Nodes.Where(node => !tried.Contains(node))]);
        }

        var refusal = Outcome.NoNodeOnline;
        if (snapshot.Options.EnforceCapacity && candidates.Count > 0)
        {
            candidates = WithRoom(snapshot, tried);
            refusal = Outcome.OverCapacity;
        }

        var reattach = mode is AffinityMode.ClientIp or AffinityMode.None ? Reattach.Disabled : snapshot.Options.Affinity.Reattach;
        if (reattach is not Reattach.Disabled && request.Kind is not RequestKind.Preflight && snapshot.Cookies.Find(context.Request) is { } preferred)
        {
            // A node that drains or waits in staging loses its cookies' clients; one that is down keeps them only under Required.
            if (preferred.TakesNew && tried?.Contains(preferred) is not true && HasRoom(preferred, snapshot.Options))
            {
                trace?.Step("cookie", "hit", preferred.Name);
                return new Decision(Outcome.Cookie, preferred);
            }

            trace?.Step("cookie", "not available", preferred.Name);
            if (reattach is Reattach.Required && preferred is { Lifecycle: NodeLifecycle.Open, Online: false })
            {
                return Decision.Refuse(Outcome.NoNodeOnline, "The node that the cookie requires is not online.");
            }
        }

        if (candidates.Count == 0)
        {
            trace?.Step("candidates", "none");
            return Decision.Refuse(refusal);
        }

        var binds = mode is not (AffinityMode.ClientIp or AffinityMode.None);
        if (mode is AffinityMode.ClientIp)
        {
            var hashed = Rendezvous.Pick(ClientIpKey.Of(context), candidates);
            trace?.Step("client-ip", "hit", hashed.Name);
            return new Decision(Outcome.ClientIp, hashed);
        }

        return trace is null ? AskRouter(context, snapshot, candidates, binds) : ExplainRouter(context, snapshot, candidates, binds, trace);
    }

    private static Decision AskRouter(HttpContext context, ClusterSnapshot snapshot, IReadOnlyList<GatewayNode> candidates, bool binds)
    {
        var picked = snapshot.Router.PickOwner(context, candidates);
        if (picked is not null)
        {
            return new Decision(Outcome.Router, picked, binds);
        }

        return RefusalOfRouter(context);
    }

    private static Decision RefusalOfRouter(HttpContext context)
    {
        // Routers refuse with a status, as the Azure SDK's samples do; none means that they found nobody.
        if (context.Response.StatusCode < StatusCodes.Status400BadRequest)
        {
            return Decision.Refuse(Outcome.NoNodeOnline, "The router picked no node.");
        }

        var status = context.Response.StatusCode;
        context.Response.StatusCode = StatusCodes.Status200OK;
        var outcome = status < StatusCodes.Status500InternalServerError ? Outcome.BadRequest : Outcome.NoNodeOnline;
        return Decision.Refuse(outcome, "The router refused the request.") with { Status = status };
    }

    private static Decision ExplainRouter(HttpContext context, ClusterSnapshot snapshot, IReadOnlyList<GatewayNode> candidates, bool binds, IDecisionTrace trace)
    {
        var shares = snapshot.Router.GetShares(context, candidates);
        trace.Step("router", snapshot.Router.Name);
        trace.Candidates(candidates, shares);
        if (shares is null)
        {
            return new Decision(Outcome.Router, null, binds);
        }

        if (shares.All(share => share == 0))
        {
            return Decision.Refuse(Outcome.BadRequest, "The router refuses the request.");
        }

        var certain = shares.Count(share => share > 0) == 1 ? shares.TakeWhile(share => share == 0).Count() : -1;
        return new Decision(Outcome.Router, certain < 0 ? null : candidates[certain], binds);
    }

    private static GatewayNode[] WithRoom(ClusterSnapshot snapshot, IReadOnlyCollection<GatewayNode>? tried) =>
        ClusterSnapshot.BestTier([.. snapshot.Nodes.Where(node => tried?.Contains(node) is not true && HasRoom(node, snapshot.Options))]);

    private static bool HasRoom(GatewayNode node, GatewayOptions options)
    {
        if (!options.EnforceCapacity)
        {
            return true;
        }

        var metrics = node.Metrics;
        return metrics.ConnectionCapacity == 0 || metrics.ClientConnectionCount < metrics.ConnectionCapacity;
    }
}
