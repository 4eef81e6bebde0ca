using System.Diagnostics;
using LoadTests.Comparison.Contenders;
using LoadTests.Engine;

namespace LoadTests.Comparison.Cases;

/// <summary>What a case works with: a proxy and two nodes, freshly started.</summary>
/// <param name="Settings">Of the comparison.</param>
/// <param name="Proxy">Where the load goes.</param>
/// <param name="Nodes">Behind it.</param>
/// <param name="WarmUp">Long enough for this proxy.</param>
internal sealed record CaseRun(CompareSettings Settings, RunningContender Proxy, IReadOnlyList<OwnedProcess> Nodes, TimeSpan WarmUp)
{
    private readonly ProcessTree _processes = new();

    /// <summary>The settings of a load, within the limits that the user set.</summary>
    public LoadSettings LoadOf(string name, string path, int connections, double rate, int messageSize = 0) => new()
    {
        Scenario = name,
        Url = new Uri(Proxy.Url, path),
        Connections = Math.Min(connections, Settings.MostConnections),
        Rate = Math.Min(rate, Settings.HighestRate),
        MessageSize = messageSize,
        Cookies = true, // what some of the proxies keep connections together by
        Duration = Settings.Duration,
        WarmUp = WarmUp,
    };

    /// <summary>CPU time used until now.</summary>
    public CpuReading ReadCpu() => new(
        Stopwatch.GetTimestamp(),
        Proxy.Process is { } proxy ? _processes.CpuOf(proxy.Id) : TimeSpan.Zero,
        Environment.CpuUsage.TotalTime + Nodes.Aggregate(TimeSpan.Zero, (sum, node) => sum + (node.HasExited ? TimeSpan.Zero : _processes.CpuOf(node.Id))));

    /// <summary>Memory that the proxy uses now.</summary>
    public long ReadPss() => Proxy.Process is { } proxy ? _processes.PssOf(proxy.Id) : 0;
}
