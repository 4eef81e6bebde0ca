using LoadTests.Engine;

namespace LoadTests.Lean;

/// <summary>As <see cref="Scenarios.IdleScenario"/>, for many more connections.</summary>
internal sealed class LeanIdleScenario(LoadSettings settings, TimeProvider time) : IScenario
{
    private readonly LeanConnections _connections = new(settings, time);

    public ScenarioSettings Heeds => ScenarioSettings.Hub | ScenarioSettings.Connections;

    public int ConnectionsLost => _connections.Lost;

    public Task SetUpAsync(CancellationToken cancellationToken) => _connections.OpenAsync(cancellationToken);

    public Task RunUnitAsync(long number, CancellationToken cancellationToken) => throw new NotSupportedException("Holding connections has no units.");

    public IEnumerable<Figure> Figures() => _connections.Figures();

    public ValueTask DisposeAsync() => _connections.DisposeAsync();
}
