using LoadTests.Engine;

namespace LoadTests.Scenarios;

/// <summary>A unit is one event to every connection; the connections of each node have one among them that asks the node to send it, the others only
/// listen.</summary>
internal sealed class ServerSentEventsScenario(HubClients clients, LoadSettings settings, TimeProvider time) : IScenario
{
    private readonly Broadcaster _broadcaster = new(clients, settings, time);

    public ScenarioSettings Heeds =>
        ScenarioSettings.Hub | ScenarioSettings.Connections | ScenarioSettings.Units | ScenarioSettings.Message | ScenarioSettings.Broadcast;

    public int ConnectionsLost => clients.Lost;

    public int? ConnectionsOpen => clients.Open;

    public Task SetUpAsync(CancellationToken cancellationToken) => _broadcaster.OpenAsync(cancellationToken);

    public void BeginMeasuring() => _broadcaster.BeginMeasuring();

    public Task RunUnitAsync(long number, CancellationToken cancellationToken) =>
        Task.WhenAll(_broadcaster.Audiences.Select(audience => _broadcaster.SendAsync(audience[0], cancellationToken)));

    public IEnumerable<LatencySeries> Series() => _broadcaster.Series();

    public IEnumerable<Figure> Figures() => [.. clients.Figures(), .. _broadcaster.Figures()];

    public ValueTask DisposeAsync() => clients.DisposeAsync();
}
