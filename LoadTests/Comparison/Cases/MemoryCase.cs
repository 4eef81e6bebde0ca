using LoadTests.Comparison.Contenders;
using LoadTests.Comparison.Results;
using LoadTests.Lean;

namespace LoadTests.Comparison.Cases;

/// <summary>What idle WebSockets weigh in the proxy.</summary>
internal sealed class MemoryCase : ICase
{
    private const int ConnectionsBefore = 100;
    private const int MostConnections = 9000;
    private const int OwnDescriptors = 500;
    private const double KiB = 1024;
    private const double MiB = 1024 * KiB;

    public string Name => "idle-memory";

    public IReadOnlyList<FigureDefinition> Figures { get; } =
    [
        new("marginal memory (PSS) of an idle WebSocket", "KiB", 0.5),
        new("total PSS with all of them (9,000 if the machine allows)", "MiB", 1.1),
    ];

    public bool PinsProxy => false;

    public IReadOnlyList<IContender> Choose(ContenderSet all) => all.OursAndPeers;

    public async Task<Measurement> RunAsync(CaseRun run, CancellationToken cancellationToken)
    {
        // A proxy needs two descriptors for each.
        var most = (int)Math.Min(MostConnections, (Machine.OpenFilesLimit() - OwnDescriptors) / 2);
        var settings = run.LoadOf(Name, CaseSet.HubPath, most, rate: 0);

        // What the first connections load and reserve is no part of what one more costs.
        await using (var first = new LeanConnections(settings with { Connections = Math.Min(ConnectionsBefore, settings.Connections) }, TimeProvider.System))
        {
            await first.OpenAsync(cancellationToken);
        }

        await Task.Delay(settings.Duration / 2, cancellationToken);
        var before = run.ReadPss();
        await using var connections = new LeanConnections(settings, TimeProvider.System);
        await connections.OpenAsync(cancellationToken);
        await Task.Delay(settings.Duration, cancellationToken); // until what opening them took is given back, as far as it ever is
        var begun = run.ReadCpu();
        var after = run.ReadPss();
        var ended = run.ReadCpu();
        return new Measurement(
            [(after - before) / KiB / settings.Connections, after / MiB],
            ended.ProxyCoresSince(begun),
            ended.LoadCoresSince(begun),
            connections.Lost,
            Throughput: 0);
    }
}
