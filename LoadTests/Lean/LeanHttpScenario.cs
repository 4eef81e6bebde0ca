using LoadTests.Engine;

namespace LoadTests.Lean;

/// <summary>As <see cref="Scenarios.HttpScenario"/>: GETs of the URL over connections that are kept alive.</summary>
/// <remarks>Unlike there, a connection has one request at a time and no queue: units of the same number modulo the connections wait for each other.</remarks>
internal sealed class LeanHttpScenario(LoadSettings settings) : IScenario
{
    private readonly List<LeanHttpUser> _users = [];

    public ScenarioSettings Heeds => ScenarioSettings.Connections | ScenarioSettings.Units;

    public async Task SetUpAsync(CancellationToken cancellationToken)
    {
        var target = await LeanTarget.ResolveAsync(settings.Url, cancellationToken);
        for (var i = 0; i < settings.Connections; i++)
        {
            var user = new LeanHttpUser(target, settings.Cookies);
            _users.Add(user);
            await user.GetAsync(cancellationToken);
        }
    }

    public Task RunUnitAsync(long number, CancellationToken cancellationToken) => _users[(int)(number % _users.Count)].GetAsync(cancellationToken);

    public ValueTask DisposeAsync()
    {
        _users.ForEach(user => user.Dispose());
        return ValueTask.CompletedTask;
    }
}
