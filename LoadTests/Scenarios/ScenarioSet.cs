namespace LoadTests.Scenarios;

/// <summary>All scenarios. A new one is a class and a line here.</summary>
internal static class ScenarioSet
{
    public static IReadOnlyList<ScenarioDefinition> All { get; } =
    [
        new("connect", "negotiate, start the transport, shake hands, close",
            (settings, trace, time) => new ConnectScenario(new HubClients(settings, trace, time))),
        new("echo", "call the hub's Echo over connections that stay open",
            (settings, trace, time) => new EchoScenario(new HubClients(settings, trace, time), settings)),
        new("idle", "hold connections that only ping",
            (settings, trace, time) => new IdleScenario(new HubClients(settings, trace, time))),
        new("http", "GET the URL",
            (settings, _, _) => new HttpScenario(settings)),
    ];

    public static ScenarioDefinition Get(string name) => All.Single(scenario => scenario.Name.Equals(name, StringComparison.Ordinal));
}
