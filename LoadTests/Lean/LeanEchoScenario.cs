using LoadTests.Engine;

namespace LoadTests.Lean;

/// <summary>As <see cref="Scenarios.EchoScenario"/>, at a fraction of the client's work.</summary>
internal sealed class LeanEchoScenario(LoadSettings settings, TimeProvider time) : IScenario
{
    private readonly LeanConnections _connections = new(settings, time);
    private byte[][] _calls = [];

    public ScenarioSettings Heeds => ScenarioSettings.Hub | ScenarioSettings.Connections | ScenarioSettings.Units | ScenarioSettings.Message;

    public int ConnectionsLost => _connections.Lost;

    public async Task SetUpAsync(CancellationToken cancellationToken)
    {
        await _connections.OpenAsync(cancellationToken);
        var message = HubMessages.Echo(settings.MessageSize);
        _calls = [.. _connections.Open.Select(connection => connection.Prepare(message))];
    }

    public Task RunUnitAsync(long number, CancellationToken cancellationToken)
    {
        var connection = (int)(number % _calls.Length);
        return _connections.Open[connection].CallAsync(_calls[connection]);
    }

    public IEnumerable<Figure> Figures() => _connections.Figures();

    public ValueTask DisposeAsync() => _connections.DisposeAsync();
}
