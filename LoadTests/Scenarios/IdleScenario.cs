using LoadTests.Engine;

namespace LoadTests.Scenarios;

/// <summary>Holds connections open that send nothing but the protocol's pings, so that somebody can weigh the server.</summary>
internal sealed class IdleScenario(HubClients clients) : IScenario
{
    public ScenarioSettings Heeds => ScenarioSettings.Hub | ScenarioSettings.Connections;

    public int ConnectionsLost => clients.Lost;

    public int? ConnectionsOpen => clients.Open;

    public Task SetUpAsync(CancellationToken cancellationToken) => clients.OpenAsync(cancellationToken);

    public Task RunUnitAsync(long number, CancellationToken cancellationToken) => throw new NotSupportedException("Holding connections has no units.");

    public IEnumerable<Figure> Figures() => clients.Figures();

    public ValueTask DisposeAsync() => clients.DisposeAsync();
}
