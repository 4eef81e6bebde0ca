using LoadTests.Comparison.Contenders;
using LoadTests.Comparison.Results;
using LoadTests.Engine;

namespace LoadTests.Comparison.Cases;

/// <summary>Units of work, and the proxy's CPU time for each.</summary>
internal sealed class LoadCase : ICase
{
    public required string Name { get; init; }

    public required FigureDefinition Figure { get; init; }

    /// <summary>What the seconds of CPU time for one unit are multiplied by.</summary>
    public required double Factor { get; init; }

    public required Func<LoadSettings, IScenario> Scenario { get; init; }

    public string Path { get; init; } = CaseSet.HubPath;

    public required int Connections { get; init; }

    /// <summary>Units per second; 0 for as many as there can be.</summary>
    public required double Rate { get; init; }

    public int MessageSize { get; init; }

    public int Nodes { get; init; } = 2;

    public Func<ContenderSet, IReadOnlyList<IContender>> Contenders { get; init; } = all => all.OursAndPeers;

    public IReadOnlyList<FigureDefinition> Figures => [Figure];

    public bool PinsProxy => true;

    public IReadOnlyList<IContender> Choose(ContenderSet all) => Contenders(all);

    public async Task<Measurement> RunAsync(CaseRun run, CancellationToken cancellationToken)
    {
        var settings = run.LoadOf(Name, Path, Connections, Rate, MessageSize);
        using var abandon = new CancellationTokenSource();
        await using var scenario = Scenario(settings);
        await scenario.SetUpAsync(cancellationToken);
        await Task.Yield(); // off the thread that waits for the sockets

        var warmUp = new UnitRecorder(scenario, TimeProvider.System, abandon.Token);
        await ApplyAsync(warmUp, settings, settings.WarmUp, cancellationToken);
        var units = new UnitRecorder(scenario, TimeProvider.System, abandon.Token);
        var begun = run.ReadCpu();
        await ApplyAsync(units, settings, settings.Duration, cancellationToken);
        var ended = run.ReadCpu();
        var done = units.Succeeded;
        await units.WhenIdleAsync(settings.Timeout);
        await abandon.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
        done = done > 0 ? done : units.Succeeded; // a run so short that every answer came after it
        if (done == 0)
        {
            throw new InvalidOperationException($"No unit succeeded: {string.Join("; ", units.Errors.Keys)}");
        }

        return new Measurement(
            [(ended.Proxy - begun.Proxy).TotalSeconds / done * Factor],
            ended.ProxyCoresSince(begun),
            ended.LoadCoresSince(begun),
            units.Started - units.Succeeded + scenario.ConnectionsLost,
            done / settings.Duration.TotalSeconds);
    }

    private static async Task ApplyAsync(UnitRecorder units, LoadSettings settings, TimeSpan duration, CancellationToken stop)
    {
        var load = settings.Rate > 0
            ? Load.OpenAsync(units, new OpenLoopSchedule(settings.Rate, duration), TimeProvider.System, stop)
            : Load.ClosedAsync(units, settings.Connections, duration, stop);
        await load.WaitAsync(duration + settings.Timeout, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
