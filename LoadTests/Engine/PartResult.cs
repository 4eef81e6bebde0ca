namespace LoadTests.Engine;

/// <summary>What became of the units of one part of a scenario.</summary>
/// <param name="Name">The part's.</param>
/// <param name="Started">Units started in the measured time.</param>
/// <param name="Succeeded">Those of them that succeeded.</param>
/// <param name="Latency">From the intended start; successful units only.</param>
public sealed record PartResult(string Name, long Started, long Succeeded, LatencyHistogram Latency)
{
    public long Failed => Started - Succeeded;
}
