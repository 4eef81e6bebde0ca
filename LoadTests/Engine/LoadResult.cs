using LoadTests.Connections;

namespace LoadTests.Engine;

/// <summary>What a run measured.</summary>
public sealed record LoadResult
{
    public required LoadSettings Settings { get; init; }

    /// <summary>Which of them had a part in the result.</summary>
    public required ScenarioSettings Heeds { get; init; }

    /// <summary>When the measured time began.</summary>
    public required DateTimeOffset Began { get; init; }

    /// <summary>How long the set-up took.</summary>
    public required TimeSpan SetUp { get; init; }

    /// <summary>The measured time; shorter than asked for when the run was stopped.</summary>
    public required TimeSpan Measured { get; init; }

    /// <summary>Units started in the measured time.</summary>
    public required long Started { get; init; }

    public required long Succeeded { get; init; }

    /// <summary>Failed units by error, those without an answer among them.</summary>
    public required IReadOnlyDictionary<string, long> Errors { get; init; }

    /// <summary>From when a unit was meant to start to its end. Successful units only, as the two below.</summary>
    public required LatencyHistogram Latency { get; init; }

    /// <summary>From a unit's real start to its end.</summary>
    public required LatencyHistogram Service { get; init; }

    /// <summary>How late units started.</summary>
    public required LatencyHistogram Lag { get; init; }

    /// <summary>User and system time of this process in the measured time.</summary>
    public required TimeSpan GeneratorCpu { get; init; }

    /// <summary>HTTP answers by kind of request and status, set-up and warm-up included.</summary>
    public required IReadOnlyDictionary<(HttpRequestKind Kind, int Status), int> Answers { get; init; }

    /// <summary>Connections that were to stay open and did not.</summary>
    public required int ConnectionsLost { get; init; }

    /// <summary>The measured time second by second, or in some hundred longer stretches; without the units that ended after it.</summary>
    public required IReadOnlyList<LoadSample> Samples { get; init; }

    /// <summary>The units by part; empty when the scenario has no parts.</summary>
    public required IReadOnlyList<PartResult> Parts { get; init; }

    /// <summary>Times that only this scenario measures.</summary>
    public required IReadOnlyList<LatencySeries> Series { get; init; }

    /// <summary>What only this scenario counts.</summary>
    public required IReadOnlyList<Figure> Figures { get; init; }

    public long Failed => Started - Succeeded;

    /// <summary>Successful units per second.</summary>
    public double Throughput => Measured > TimeSpan.Zero ? Succeeded / Measured.TotalSeconds : 0;

    /// <summary>How many of something that was timed there were per second.</summary>
    public double PerSecond(LatencyHistogram latency)
    {
        ArgumentNullException.ThrowIfNull(latency);
        return Measured > TimeSpan.Zero ? latency.Count / Measured.TotalSeconds : 0;
    }

    /// <summary>How many cores the generator kept busy: close to what it may use, the generator is the limit.</summary>
    public double GeneratorCores => Measured > TimeSpan.Zero ? GeneratorCpu / Measured : 0;
}
