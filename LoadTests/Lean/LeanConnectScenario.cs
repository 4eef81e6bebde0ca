using LoadTests.Engine;

namespace LoadTests.Lean;

/// <summary>As <see cref="Scenarios.ConnectScenario"/>: negotiate, start of the transport, handshake, close; a new client each time.</summary>
internal sealed class LeanConnectScenario(LoadSettings settings) : IScenario
{
    private const int BufferSize = 1024;

    private LeanTarget? _target;

    public ScenarioSettings Heeds => ScenarioSettings.Hub | ScenarioSettings.Units;

    public async Task SetUpAsync(CancellationToken cancellationToken) => _target = await LeanTarget.ResolveAsync(settings.Url, cancellationToken);

    public async Task RunUnitAsync(long number, CancellationToken cancellationToken)
    {
        var client = new LeanHubClient(_target!, settings.Cookies);
        using var transport = await client.OpenAsync(settings.Transport, BufferSize, cancellationToken);
        await transport.CloseAsync(cancellationToken);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
