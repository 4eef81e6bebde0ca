using LoadTests.Engine;

namespace LoadTests.Scenarios;

/// <summary>A unit is a GET of the URL, read to its end, over at most as many TCP connections as the settings say.</summary>
internal sealed class HttpScenario : IScenario
{
    private readonly LoadSettings _settings;
    private readonly HttpClient _client;

    public HttpScenario(LoadSettings settings)
    {
        _settings = settings;
        var handler = new SocketsHttpHandler { UseProxy = false, UseCookies = settings.Cookies, MaxConnectionsPerServer = settings.Connections };
        _client = new HttpClient(handler) { Timeout = settings.Timeout };
    }

    public ScenarioSettings Heeds => ScenarioSettings.Connections | ScenarioSettings.Units;

    public Task SetUpAsync(CancellationToken cancellationToken) => RunUnitAsync(number: 0, cancellationToken);

    public async Task RunUnitAsync(long number, CancellationToken cancellationToken)
    {
        using var response = await _client.GetAsync(_settings.Url, cancellationToken);
        response.EnsureSuccessStatusCode();
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }
}
