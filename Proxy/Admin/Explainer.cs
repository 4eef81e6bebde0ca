using Proxy.Affinity;
using Proxy.Affinity.Sharing;
using Proxy.Clusters;
using Proxy.Configuration;
using Proxy.Decisions;
using Proxy.Metrics;
using Proxy.Outcomes;
using Proxy.Requests;

namespace Proxy.Admin;

/// <summary>Decides about a request that is not sent: the same code as for one that is, with an explanation. Nothing advances and nothing is counted.</summary>
internal sealed class Explainer(RouteFinder routes, NodeRegistry registry, DecisionMaker decisions, SharedIds shared, TrustedProxies trusted)
{
    public async Task<ExplanationJson> ExplainAsync(HttpContext context)
    {
        var recorder = new StepRecorder();
        if (await routes.FindAsync(context) is not { } route)
        {
            recorder.Step("route", "none", "No route of this gateway takes the request.");
            return new ExplanationJson(null, null, StatusCodes.Status404NotFound, recorder.Steps, []);
        }

        recorder.Step("route", route.Config.RouteId, route.Cluster is { } cluster ? $"cluster {cluster.ClusterId}" : null);
        if (!StickyCluster.IsChosen(route.Cluster?.Model.Config) || registry.Snapshot(route.Cluster!.ClusterId) is not { } snapshot)
        {
            recorder.Step("cluster", "not sticky", "YARP decides by itself.");
            return new ExplanationJson(null, null, StatusCodes.Status200OK, recorder.Steps, []);
        }

        return Explain(context, snapshot, recorder);
    }

    private ExplanationJson Explain(HttpContext context, ClusterSnapshot snapshot, StepRecorder recorder)
    {
        var isTrusted = trusted.Admit(context, snapshot.Options.ForwardedHeaders);
        recorder.Step("peer", isTrusted ? "trusted" : "not trusted", $"client {context.ClientAddress()}");
        var request = RequestReader.Read(context);
        var decision = decisions.Decide(context, request, snapshot, explanation: recorder);
        if (shared.IsFor(request, snapshot))
        {
            recorder.Step("shared store", "would ask", "If another replica has learned the id, the request goes to its owner with outcome 'store'.");
            recorder.Candidates(snapshot.Nodes, shares: null);
        }

        if (OwnerProbe.IsFor(request, snapshot, decision))
        {
            recorder.Step("probe", "would ask", "If one of the nodes knows the id, the request goes there with outcome 'probe'.");
            recorder.Candidates(snapshot.Nodes, shares: null);
        }

        return new ExplanationJson(decision.Node?.Name, decision.Outcome.Name(), decision.Status, recorder.Steps, recorder.CandidateShares);
    }
}
