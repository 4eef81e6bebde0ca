namespace LoadTests.Engine;

/// <summary>What ended in one stretch of a phase.</summary>
/// <param name="Begin">Counted from the start of the phase.</param>
/// <param name="End">Counted from the start of the phase.</param>
/// <param name="Succeeded">Units that succeeded in it.</param>
/// <param name="Failed">Units that failed in it.</param>
/// <param name="P50">Median latency of the units that succeeded in it; zero when there are none.</param>
/// <param name="P99">Their 99th percentile.</param>
/// <param name="ConnectionsOpen">Connections open at its end; <see langword="null"/> when the scenario holds none.</param>
public sealed record LoadSample(TimeSpan Begin, TimeSpan End, long Succeeded, long Failed, TimeSpan P50, TimeSpan P99, int? ConnectionsOpen)
{
    /// <summary>Successful units per second.</summary>
    public double Rate => PerSecond(Succeeded);

    /// <summary>Failed units per second.</summary>
    public double FailureRate => PerSecond(Failed);

    private double PerSecond(long units) => End > Begin ? units / (End - Begin).TotalSeconds : 0;
}
