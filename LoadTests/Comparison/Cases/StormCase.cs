using System.Diagnostics;
using LoadTests.Comparison.Contenders;
using LoadTests.Comparison.Results;
using LoadTests.Lean;

namespace LoadTests.Comparison.Cases;

/// <summary>A node is killed: how long its clients are away, and what they see of it.</summary>
internal sealed class StormCase : ICase
{
    private const int Connections = 2000;
    private static readonly TimeSpan LongestStorm = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    public string Name => "storm";

    public IReadOnlyList<FigureDefinition> Figures { get; } =
    [
        new("storm, 2,000 connections, one of two nodes killed: all back", "s", 1.0),
        new("storm: failed attempts that clients see", "", 0) { IsAbsolute = true },
        new("storm: CPU until all are back", "s", Budget: null),
    ];

    public bool PinsProxy => true;

    public IReadOnlyList<IContender> Choose(ContenderSet all) => all.OursAndPeers;

    public async Task<Measurement> RunAsync(CaseRun run, CancellationToken cancellationToken)
    {
        await using var storm = new LeanStorm(run.LoadOf(Name, CaseSet.HubPath, Connections, rate: 0), TimeProvider.System);
        await storm.OpenAsync(cancellationToken);
        await Task.Delay(run.WarmUp, cancellationToken);

        var begun = run.ReadCpu();
        run.Nodes[0].Kill();
        while (!IsOver(storm) && Stopwatch.GetElapsedTime(begun.Timestamp) < LongestStorm)
        {
            await Task.Delay(Interval, cancellationToken);
        }

        var ended = run.ReadCpu();
        return new Measurement(
            [storm.Lasted.TotalSeconds, storm.FailedAttempts, (ended.Proxy - begun.Proxy).TotalSeconds],
            ended.ProxyCoresSince(begun),
            ended.LoadCoresSince(begun),
            storm.Broken - storm.Back,
            Throughput: 0);
    }

    // Nobody breaks any more once the dead node's sockets are gone, which the kernel does at once and the proxy a moment later.
    private static bool IsOver(LeanStorm storm) => storm.Broken > 0 && storm.Back == storm.Broken;
}
