namespace LoadTests.Comparison;

/// <summary>What a comparison runs.</summary>
internal sealed record CompareSettings
{
    /// <summary>Names of the cases.</summary>
    public required IReadOnlyList<string> Cases { get; init; }

    public int Rounds { get; init; } = 3;

    /// <summary>The measured time of a case.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Warm-up of proxies that are compiled while they run.</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Warm-up of the others, at most.</summary>
    public TimeSpan NativeWarmUp { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>No case opens more.</summary>
    public int MostConnections { get; init; } = int.MaxValue;

    /// <summary>No case starts more units per second.</summary>
    public double HighestRate { get; init; } = double.MaxValue;

    /// <summary>Where the proxy runs, as taskset takes it; null: anywhere.</summary>
    public string? ProxyCore { get; init; }

    /// <summary>All cores that are used, for cases that pin nothing.</summary>
    public string? AllCores { get; init; }
}
