using Proxy.Affinity;
using Proxy.Clusters;
using Proxy.Configuration;
using Proxy.Decisions;
using Proxy.Metrics;
using Proxy.Nodes;
using Proxy.Outcomes;
using Proxy.Requests;
using Proxy.Routers;

namespace Proxy.Admin;

/// <summary>Decides about the recorded requests again, under another configuration.</summary>
/// <remarks>
/// A record holds no secret, so its request is rebuilt: with the cookie and the tag that its node has now, the client's address and the path. A
/// decision that depends on what the record does not hold cannot be repeated, such as on values of the query and of headers that a router
/// reads. The nodes' load is that of now, not of then.
/// </remarks>
internal sealed class Replayer(DecisionLog log, NodeRegistry registry, DecisionMaker decisions, NegotiateRouters routers, TimeProvider time)
{
    /// <summary>Replays everything that is remembered.</summary>
    /// <returns><see langword="null"/>: the short form's cluster does not exist here.</returns>
    public ReplayJson? Replay(GatewayOptions options)
    {
        if (registry.Snapshot(GatewayRoutes.Id) is not { } current)
        {
            return null;
        }

        var other = ReplayCluster.Create(options, current, routers, time);
        var result = new Counts();
        foreach (var record in log.Newest(int.MaxValue))
        {
            if (!IsFor(record, current))
            {
                result.Skipped++;
                continue;
            }

            result.Considered++;
            Compare(record, current, other, result);
        }

        return result.ToJson();
    }

    private static bool IsFor(DecisionRecord record, ClusterSnapshot current) =>
        record.Attempt == 1
        && string.Equals(record.Cluster, current.ClusterId, StringComparison.Ordinal)
        && record.Outcome.Row().IsReplayable;

    private void Compare(DecisionRecord record, ClusterSnapshot current, ClusterSnapshot other, Counts result)
    {
        if (record.Outcome.Row() is { Owner: OwnerLookup.Found, NamesTaggedId: false })
        {
            // A learned id stays with its node for as long as there is one.
            var owner = current.Nodes.FirstOrDefault(node => string.Equals(node.Name, record.Node, StringComparison.OrdinalIgnoreCase));
            var kept = owner is null ? null : other.Find(owner.State);
            result.Add(record, kept, owner is not null && kept is null ? RoutingOutcome.OwnerRemoved : record.Outcome);
            return;
        }

        if (ReplayRequest.Create(record, current, other.Options.Affinity) is not { } context)
        {
            result.Unknown++;
            return;
        }

        var recorder = new StepRecorder();
        var decision = decisions.Decide(context, RequestReader.Read(context), other, explanation: recorder);
        if (decision.Outcome is RoutingOutcome.Router or RoutingOutcome.BadRequest && other.Router is IValueRouter { Source.IsClientAddress: false })
        {
            result.Unknown++; // Values of the query and of headers are not recorded: they may be secrets.
        }
        else if (decision.Outcome is RoutingOutcome.Router && decision.Node is null)
        {
            result.AddDrawn(record, other, recorder.CandidateShares);
        }
        else
        {
            result.Add(record, decision.Node, decision.Outcome);
        }
    }

    private sealed class Counts
    {
        private readonly List<ReplayChangeJson> _changes = [];
        private int _unchanged;
        private int _moved;
        private int _refused;
        private int _admitted;
        private int _drawn;
        private double _expectedMoves;

        public int Considered { get; set; }

        public int Skipped { get; set; }

        public int Unknown { get; set; }

        public void Add(DecisionRecord record, GatewayNode? to, RoutingOutcome outcome)
        {
            var hadNode = !record.Outcome.IsRefusal();
            if (hadNode && to is null && !outcome.IsRefusal())
            {
                Unknown++; // Its node has left since it was recorded.
                return;
            }

            if (hadNode ? string.Equals(to?.Name, record.Node, StringComparison.OrdinalIgnoreCase) : to is null)
            {
                _unchanged++;
                return;
            }

            _ = (hadNode, to) switch
            {
                (true, null) => _refused++,
                (true, _) => _moved++,
                _ => _admitted++,
            };
            if (_changes.Count < ReplayJson.MaxChanges)
            {
                _changes.Add(new ReplayChangeJson(
                    record.Number,
                    record.Time,
                    record.Kind.Name(),
                    record.Path,
                    record.Client?.ToString(),
                    record.Node,
                    record.Outcome.Name(),
                    to?.Name,
                    outcome.Name()));
            }
        }

        public void AddDrawn(DecisionRecord record, ClusterSnapshot other, IReadOnlyList<CandidateJson> candidates)
        {
            if (record.Outcome.IsRefusal())
            {
                Add(record, other.Candidates.Count > 0 ? other.Candidates[0] : null, RoutingOutcome.Router);
                return;
            }

            var share = candidates.FirstOrDefault(candidate => string.Equals(candidate.Node, record.Node, StringComparison.OrdinalIgnoreCase))?.Share ?? 0;
            _drawn++;
            _expectedMoves += 1 - share;
        }

        public ReplayJson ToJson() =>
            new(Considered, Skipped, _unchanged, _moved, _refused, _admitted, _drawn, Math.Round(_expectedMoves, 1), Unknown, _changes);
    }
}
