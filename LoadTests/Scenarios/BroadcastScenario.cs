using LoadTests.Engine;

namespace LoadTests.Scenarios;

/// <summary>A unit is one call that makes the hub send a message to all; it ends when every connection that hears the caller has it.</summary>
internal sealed class BroadcastScenario(HubClients clients, LoadSettings settings, TimeProvider time) : IScenario
{
    private readonly Broadcaster _broadcaster = new(clients, settings, time);

    public ScenarioSettings Heeds =>
        ScenarioSettings.Hub | ScenarioSettings.Connections | ScenarioSettings.Units | ScenarioSettings.Message | ScenarioSettings.Broadcast;

    public int ConnectionsLost => clients.Lost;

    public int? ConnectionsOpen => clients.Open;

    public Task SetUpAsync(CancellationToken cancellationToken) => _broadcaster.OpenAsync(cancellationToken);

    public void BeginMeasuring() => _broadcaster.BeginMeasuring();

    public Task RunUnitAsync(long number, CancellationToken cancellationToken) =>
        _broadcaster.SendAsync((int)(number % settings.Connections), cancellationToken);

    public IEnumerable<LatencySeries> Series() => _broadcaster.Series();

    public IEnumerable<Figure> Figures() => [.. clients.Figures(), .. _broadcaster.Figures()];

    public ValueTask DisposeAsync() => clients.DisposeAsync();
}
