using LoadTests.Engine;

namespace LoadTests.Lean;

/// <summary>As <see cref="Scenarios.EchoScenario"/>, at a fraction of the client's work.</summary>
internal sealed class LeanEchoScenario(LoadSettings settings, TimeProvider time) : IScenario
{
    private readonly LeanConnections _connections = new(settings, time);
    private readonly byte[] _call = HubMessages.Frame(HubMessages.Echo(settings.MessageSize));

    public ScenarioSettings Heeds => ScenarioSettings.Hub | ScenarioSettings.Connections | ScenarioSettings.Units | ScenarioSettings.Message;

    public int ConnectionsLost => _connections.Lost;

    public Task SetUpAsync(CancellationToken cancellationToken) => _connections.OpenAsync(cancellationToken);

    public Task RunUnitAsync(long number, CancellationToken cancellationToken) => _connections.For(number).CallAsync(_call);

    public IEnumerable<Figure> Figures() => _connections.Figures();

    public ValueTask DisposeAsync() => _connections.DisposeAsync();
}
