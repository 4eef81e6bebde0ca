namespace Proxy.Nodes;

/// <summary>What a node said of itself in a health answer; every member may be missing.</summary>
/// <param name="ClientConnectionCount">Client connections it holds.</param>
/// <param name="ConnectionCapacity">How many it can hold.</param>
/// <param name="BootId">Changes whenever the process starts.</param>
/// <param name="Draining">It asks for no new connections.</param>
/// <param name="At">Timestamp of the answer.</param>
internal sealed record NodeReport(int? ClientConnectionCount, int? ConnectionCapacity, string? BootId, bool Draining, long At)
{
    /// <summary>What this gateway counted on the node when the report came; <see langword="null"/>: not known.</summary>
    public int? CountedThen { get; init; }
}
