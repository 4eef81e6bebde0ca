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
    private static readonly TimeSpan Calm = TimeSpan.FromMilliseconds(500);

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

        var survivors = run with { Nodes = [.. run.Nodes.Skip(1)] };
        var begun = survivors.ReadCpu();
        run.Nodes[0].Kill();
        var ended = await WaitForEndAsync(survivors, storm, begun, cancellationToken);
        return new Measurement(
            [storm.Lasted.TotalSeconds, storm.FailedAttempts, (ended.Proxy - begun.Proxy).TotalSeconds],
            ended.ProxyCoresSince(begun),
            ended.LoadCoresSince(begun),
            storm.Broken - storm.Back,
            Throughput: 0);
    }

    // All can be back for a moment while the proxy still has connections to cut.
    private static async Task<CpuReading> WaitForEndAsync(CaseRun run, LeanStorm storm, CpuReading begun, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (now, broken) = (run.ReadCpu(), storm.Broken);
            if (Stopwatch.GetElapsedTime(begun.Timestamp, now.Timestamp) > LongestStorm)
            {
                return now;
            }

            var isOver = broken > 0 && storm.Back == broken;
            await Task.Delay(isOver ? Calm : Interval, cancellationToken);
            if (isOver && storm.Broken == broken)
            {
                return now;
            }
        }
    }
}
