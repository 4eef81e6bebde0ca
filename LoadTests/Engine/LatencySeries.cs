namespace LoadTests.Engine;

/// <summary>Times that one scenario measures beside those of its units.</summary>
/// <param name="Name">What was timed, such as <c>delivery</c>.</param>
/// <param name="Latency">Those of the measured time.</param>
public sealed record LatencySeries(string Name, LatencyHistogram Latency);
