using System.Diagnostics;

namespace LoadTests.Comparison.Cases;

/// <summary>CPU time of both sides at a moment.</summary>
/// <param name="Timestamp">The moment.</param>
/// <param name="Proxy">Of the proxy's processes.</param>
/// <param name="Load">Of the generator and the nodes.</param>
internal readonly record struct CpuReading(long Timestamp, TimeSpan Proxy, TimeSpan Load)
{
    public double ProxyCoresSince(CpuReading earlier) => (Proxy - earlier.Proxy) / Stopwatch.GetElapsedTime(earlier.Timestamp, Timestamp);

    public double LoadCoresSince(CpuReading earlier) => (Load - earlier.Load) / Stopwatch.GetElapsedTime(earlier.Timestamp, Timestamp);
}
