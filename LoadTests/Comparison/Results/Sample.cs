namespace LoadTests.Comparison.Results;

/// <summary>What one run of a case measured.</summary>
/// <param name="Contender">Its name.</param>
/// <param name="Round">From 0.</param>
/// <param name="Values">In the order of the case's figures.</param>
/// <param name="ProxyCores">Cores that the proxy kept busy.</param>
/// <param name="LoadCores">Cores that the generator and the nodes kept busy, of the one that they share: close to 1, they were the limit.</param>
/// <param name="Failed">Units that failed, or connections that were lost.</param>
/// <param name="Throughput">Units per second; 0 without units.</param>
internal sealed record Sample(
    string Contender, int Round, IReadOnlyList<double> Values, double ProxyCores, double LoadCores, long Failed, double Throughput);
