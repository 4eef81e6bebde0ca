namespace LoadTests.Engine;

/// <summary>What is measured: a set-up, a unit of work that is repeated and timed, and a clean-up (disposal, also after a failed set-up).</summary>
public interface IScenario : IAsyncDisposable
{
    /// <summary>What the scenario heeds of the settings.</summary>
    ScenarioSettings Heeds { get; }

    /// <summary>Prepares what the units need; not part of the measurement.</summary>
    Task SetUpAsync(CancellationToken cancellationToken);

    /// <summary>Does one unit; an exception makes it a failed one. Many run at once.</summary>
    /// <param name="number">Counts from 0 in each phase. Units whose numbers are equal modulo the connections may share one.</param>
    /// <param name="cancellationToken">Fires when nobody waits any longer.</param>
    Task RunUnitAsync(long number, CancellationToken cancellationToken);

    /// <summary>The part of the scenario that a unit belongs to; each part is counted and timed for itself too. <see langword="null"/>: there are no
    /// parts.</summary>
    string? PartOf(long number) => null;

    /// <summary>The measured time begins: what the scenario itself counted until now was the warm-up.</summary>
    void BeginMeasuring()
    {
    }

    /// <summary>Connections that were to stay open and did not.</summary>
    int ConnectionsLost => 0;

    /// <summary>Connections held open now; <see langword="null"/> when the scenario holds none. Asked for once a second.</summary>
    int? ConnectionsOpen => null;

    /// <summary>Times that the scenario measures beside those of its units; asked for at the end.</summary>
    IEnumerable<LatencySeries> Series() => [];

    /// <summary>Further lines of the result, asked for at its end.</summary>
    IEnumerable<Figure> Figures() => [];
}
