using LoadTests.Engine;

namespace LoadTests.Scenarios;

/// <summary>A unit is the life of a connection: negotiate, start of the transport, hub handshake, close.</summary>
internal sealed class ConnectScenario(HubClients clients) : IScenario
{
    public ScenarioSettings Heeds => ScenarioSettings.Hub | ScenarioSettings.Units;

    public Task SetUpAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task RunUnitAsync(long number, CancellationToken cancellationToken)
    {
        await using var connection = clients.Create();
        await HubClients.StartAsync(connection, cancellationToken);
        await connection.StopAsync(cancellationToken);
    }

    public ValueTask DisposeAsync() => clients.DisposeAsync();
}
