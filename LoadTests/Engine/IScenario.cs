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

    /// <summary>Connections that were to stay open and did not.</summary>
    int ConnectionsLost => 0;

    /// <summary>Further lines of the result, asked for at its end.</summary>
    IEnumerable<Figure> Figures() => [];
}
