using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Proxy.Affinity;
using Proxy.Clusters;
using Proxy.Connections;
using Proxy.Metrics;
using Proxy.Outcomes;
using Proxy.Requests;

namespace Proxy.Admin;

/// <summary>Lists connections and looks one up; reads only.</summary>
internal sealed class ConnectionsReader(ConnectionTable connections, NodeRegistry registry, DecisionMaker decisions, TimeProvider time)
{
    /// <summary>One page of the live connections, by id.</summary>
    public ConnectionsJson List(ConnectionQuery query)
    {
        // Only the connections of the page are kept, in a queue that gives up the largest id first: the table may hold millions, and a page is small.
        var page = new PriorityQueue<(Connection Connection, string Transport), IdKey>(Comparer<IdKey>.Create(static (x, y) => Compare(y, x)));
        var total = 0;
        foreach (var connection in connections.All)
        {
            if (connection.CountedAs is not { } counted || !Matches(connection, NameOf(counted), query))
            {
                continue;
            }

            total++;
            if (query.After is { } after && Compare(connection.Key, after) <= 0)
            {
                continue;
            }

            page.Enqueue((connection, NameOf(counted)), connection.Key);
            if (page.Count > query.Limit)
            {
                page.Dequeue();
            }
        }

        var rows = new ConnectionJson[page.Count];
        for (var i = rows.Length - 1; i >= 0; i--)
        {
            var (connection, transport) = page.Dequeue();
            rows[i] = Row(connection, transport);
        }

        return new ConnectionsJson(total, rows);
    }

    /// <summary>Shows how one connection is found.</summary>
    /// <param name="text">Its hash, or its id with or without tag.</param>
    public ConnectionLookupJson Find(string text)
    {
        if (IdKey.TryParse(text, out var key) && connections.Find(key) is { } known)
        {
            return FindKnown(known);
        }

        var recorder = new StepRecorder();
        var (decision, request) = Resolve(text, recorder);
        var id = connections.Hasher.Hash(Encoding.UTF8.GetBytes(text));
        if (request.HasTag && decision.Outcome is not RoutingOutcome.Store)
        {
            id = connections.Hasher.HashQueryValue(request.RawNodeId);
        }

        var connection = connections.Find(id);
        return new ConnectionLookupJson(
            id.ToString(),
            request.HasTag ? "tagged-id" : "id",
            decision.Outcome.Name(),
            decision.Node?.Name,
            decision.Status,
            recorder.Steps,
            connection is null ? null : Row(connection));
    }

    private ConnectionLookupJson FindKnown(Connection connection)
    {
        var node = connection.State.IdsForgotten ? null : registry.Snapshot(connection.State.ClusterId)?.Find(connection.State);
        RoutingOutcome? outcome = connection.IsAnonymous ? null
            : node is null ? RoutingOutcome.OwnerRemoved
            : connection.IsOrphan ? RoutingOutcome.OwnerRestarted
            : connection.Learned ? RoutingOutcome.Store
            : RoutingOutcome.Tag;
        var step = connection switch
        {
            { IsAnonymous: true } => new StepJson("id", "none", "It was opened without an id; no other request names it."),
            { Learned: true } => new StepJson("store", "hit", connection.State.Name),
            _ => new StepJson("tag", "hit", $"{connection.State.Name}; its id carries the tag, the hash does not show it"),
        };
        return new ConnectionLookupJson(
            connection.Key.ToString(), "hash", outcome?.Name(), outcome?.IsRefusal() is true ? null : connection.State.Name,
            outcome?.Row().Status ?? StatusCodes.Status200OK, [step], Row(connection));
    }

    // Decides for a request with this id in each cluster, and returns the best decision: an owner beats a refusal, and a
    // refusal with a reason beats one without.
    private (Decision Decision, RequestInfo Request) Resolve(string text, StepRecorder recorder)
    {
        var context = new DefaultHttpContext();
        context.Request.Method = HttpMethods.Get;
        context.Request.Path = "/";
        context.Request.QueryString = new QueryString("?id=" + Uri.EscapeDataString(text));
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = "/" + context.Request.QueryString;
        var request = RequestReader.Read(context);
        var best = Decision.Refuse(RoutingOutcome.UnknownId);
        foreach (var snapshot in registry.Clusters.Select(cluster => cluster.Snapshot).OfType<ClusterSnapshot>()
            .OrderBy(snapshot => snapshot.ClusterId, StringComparer.Ordinal))
        {
            var recorded = new StepRecorder();
            var decision = decisions.Decide(context, request, snapshot, explanation: recorded);
            var byId = recorded.Steps.Where(step => step.Step is "tag" or "store").ToList();
            recorder.Step("cluster", snapshot.ClusterId, byId.Count == 0 ? "looks at no id" : null);
            byId.ForEach(step => recorder.Step(step.Step, step.Result, step.Detail));
            var owner = decision.Outcome.Row().Owner;
            if (owner is OwnerLookup.Found)
            {
                return (decision, request);
            }

            if (owner is OwnerLookup.Lost || (owner is OwnerLookup.Unknown && best.Outcome is RoutingOutcome.UnknownId))
            {
                best = decision;
            }
        }

        return (best, request);
    }

    private static bool Matches(Connection connection, string transport, ConnectionQuery query) =>
        (query.Node is null || string.Equals(connection.State.Name, query.Node, StringComparison.OrdinalIgnoreCase))
        && (query.Transport is null || string.Equals(transport, query.Transport, StringComparison.Ordinal));

    private ConnectionJson Row(Connection connection) =>
        Row(connection, connection.Phase is ConnectionPhase.Negotiated ? DiagnosticNames.Negotiated : connection.Transport.Name());

    private ConnectionJson Row(Connection connection, string transport)
    {
        lock (connection) // Its times and the number of its open requests must be of one moment.
        {
            var isOpen = connection.Open > 0;
            return new ConnectionJson(
                connection.Key.ToString(),
                connection.State.Name,
                connection.State.ClusterId,
                transport,
                connection.Since,
                isOpen ? time.GetUtcNow() : time.GetUtcNow() - time.GetElapsedTime(connection.LastSeenAt),
                connection.Client,
                connection.BytesIn,
                connection.BytesOut,
                isOpen && connection.Transport is Transport.WebSockets ? connection.Tunnel ?? "yarp" : null);
        }
    }

    private static string NameOf(Transport counted) => counted is Transport.Unknown ? DiagnosticNames.Negotiated : counted.Name();

    private static int Compare(IdKey x, IdKey y) => x.High == y.High ? x.Low.CompareTo(y.Low) : x.High.CompareTo(y.High);
}
