namespace LoadTests.Reports;

/// <summary>What is reported of a distribution.</summary>
internal static class Percentiles
{
    public static IReadOnlyList<(string Name, double Percent)> All { get; } = [("p50", 50), ("p90", 90), ("p99", 99), ("p99.9", 99.9), ("max", 100)];
}
