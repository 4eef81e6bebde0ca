using Proxy.Decisions;
using Proxy.Metrics;
using Proxy.Outcomes;

namespace Proxy.Admin;

/// <summary><c>GET /affinity/decisions</c>.</summary>
/// <param name="Capacity">Decisions that are remembered at the most, <c>Gateway:Diagnostics:TraceSize</c>.</param>
/// <param name="Recorded">Decisions since the start.</param>
/// <param name="Decisions">The newest first.</param>
internal sealed record DecisionsJson(int Capacity, long Recorded, IReadOnlyList<DecisionJson> Decisions);

/// <summary>One decision, without secrets.</summary>
internal sealed record DecisionJson(
    long Number,
    DateTimeOffset Time,
    string Kind,
    string Profile,
    string Transport,
    string Cluster,
    string Path,
    string? Id,
    string? Client,
    string Outcome,
    string? Node,
    int Status,
    int Attempt,
    double DurationMicroseconds)
{
    public static DecisionJson Of(DecisionRecord record) => new(
        record.Number,
        record.Time,
        record.Kind.Name(),
        record.Protocol.Name,
        record.Transport.Name(),
        record.Cluster,
        record.Path,
        record.Id?.ToString(),
        record.Client?.ToString(),
        record.Outcome.Name(),
        record.Node,
        record.Status,
        record.Attempt,
        Math.Round(record.Duration.TotalMicroseconds, 1));
}
