namespace Proxy.Admin;

/// <summary><c>POST /affinity/replay</c>: what another configuration would have done with the recorded requests.</summary>
/// <param name="Considered">Recorded first decisions about the short form's cluster.</param>
/// <param name="Skipped">Others: of another cluster, of a second attempt, or refused because of how the request was made.</param>
/// <param name="Unchanged">Certainly the same node, or a refusal with the same outcome.</param>
/// <param name="Moved">Certainly another node.</param>
/// <param name="Refused">Had a node, and would have none.</param>
/// <param name="Admitted">Had none, and would have one.</param>
/// <param name="Drawn">Chance decides among several nodes.</param>
/// <param name="ExpectedMoves">How many of those drawn would go to another node on average.</param>
/// <param name="Unknown">Depends on what is not recorded, such as a query value that a router reads.</param>
/// <param name="Changes">Those moved, refused and admitted, the newest first, at most <see cref="MaxChanges"/>.</param>
internal sealed record ReplayJson(
    int Considered, int Skipped, int Unchanged, int Moved, int Refused, int Admitted, int Drawn, double ExpectedMoves, int Unknown,
    IReadOnlyList<ReplayChangeJson> Changes)
{
    public const int MaxChanges = 1000;
}

/// <summary>One request that would have gone to another node.</summary>
internal sealed record ReplayChangeJson(
    long Number, DateTimeOffset Time, string Kind, string Path, string? Client, string? FromNode, string FromOutcome, string? ToNode, string ToOutcome);
