namespace LoadTests.Comparison.Cases;

/// <summary>What a case saw of one contender.</summary>
/// <param name="Values">In the order of the case's figures.</param>
/// <param name="ProxyCores">Cores that the proxy kept busy.</param>
/// <param name="LoadCores">Cores that generator and nodes kept busy.</param>
/// <param name="Failed">Units that failed, or connections that were lost.</param>
/// <param name="Throughput">Units per second; 0 without units.</param>
internal sealed record Measurement(IReadOnlyList<double> Values, double ProxyCores, double LoadCores, long Failed, double Throughput);
