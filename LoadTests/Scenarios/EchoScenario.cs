using LoadTests.Engine;
using Microsoft.AspNetCore.SignalR.Client;

namespace LoadTests.Scenarios;

/// <summary>A unit is one call of the hub's <c>Echo</c> and its answer, on connections that stay open.</summary>
internal sealed class EchoScenario(HubClients clients, LoadSettings settings) : IScenario
{
    private readonly string _text = new('x', settings.MessageSize);

    public ScenarioSettings Heeds => ScenarioSettings.Hub | ScenarioSettings.Connections | ScenarioSettings.Units | ScenarioSettings.Message;

    public int ConnectionsLost => clients.Lost;

    public int? ConnectionsOpen => clients.Open;

    public Task SetUpAsync(CancellationToken cancellationToken) => clients.OpenAsync(cancellationToken);

    public async Task RunUnitAsync(long number, CancellationToken cancellationToken)
    {
        var answer = await clients.For(number).InvokeAsync<string>("Echo", _text, cancellationToken);
        if (!string.Equals(answer, _text, StringComparison.Ordinal))
        {
            throw new InvalidOperationException("The echo is not what was sent.");
        }
    }

    public IEnumerable<Figure> Figures() => clients.Figures();

    public ValueTask DisposeAsync() => clients.DisposeAsync();
}
