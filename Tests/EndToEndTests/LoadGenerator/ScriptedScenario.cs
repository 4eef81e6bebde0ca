using LoadTests.Engine;

namespace EndToEndTests.LoadGenerator;

/// <summary>A scenario whose units do what the test says.</summary>
internal sealed class ScriptedScenario(Func<long, Task> unit) : IScenario
{
    private int _units;

    public ScenarioSettings Heeds { get; init; } = ScenarioSettings.Units;

    public int Units => Volatile.Read(ref _units);

    public bool Disposed { get; private set; }

    public int UnitsBeforeMeasuring { get; private set; }

    public int? ConnectionsOpen { get; init; }

    public Func<long, string?> Part { get; init; } = _ => null;

    public Exception? SetUpError { get; init; }

    public Task SetUpAsync(CancellationToken cancellationToken) => SetUpError is null ? Task.CompletedTask : Task.FromException(SetUpError);

    public Task RunUnitAsync(long number, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _units);
        return unit(number);
    }

    public string? PartOf(long number) => Part(number);

    public void BeginMeasuring() => UnitsBeforeMeasuring = Units;

    public ValueTask DisposeAsync()
    {
        Disposed = true;
        return ValueTask.CompletedTask;
    }
}
