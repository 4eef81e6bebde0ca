using LoadTests.Lean;
using Microsoft.AspNetCore.Http.Connections;

namespace LoadTests.Scenarios;

/// <summary>The scenarios that come with the program.</summary>
internal static class ScenarioSet
{
    public static IReadOnlyList<ScenarioDefinition> All { get; } =
    [
        new("connect", "negotiate, start the transport, shake hands, close",
            (settings, trace, time) => new ConnectScenario(new HubClients(settings, trace, time)),
            (settings, _) => new LeanConnectScenario(settings)),
        new("echo", "call the hub's Echo over connections that stay open",
            (settings, trace, time) => new EchoScenario(new HubClients(settings, trace, time), settings),
            (settings, time) => new LeanEchoScenario(settings, time)),
        new("idle", "hold connections that only ping",
            (settings, trace, time) => new IdleScenario(new HubClients(settings, trace, time)),
            (settings, time) => new LeanIdleScenario(settings, time)),
        new("storm", "hold connections that reconnect when they break, as those of a killed node do; with the lean client always",
            (settings, _, time) => new LeanStormScenario(settings, time),
            (settings, time) => new LeanStormScenario(settings, time)),
        new("http", "GET the URL",
            (settings, _, _) => new HttpScenario(settings),
            (settings, _) => new LeanHttpScenario(settings)),
        new("broadcast", "have the hub send to all, and follow each message to every connection",
            (settings, trace, time) => new BroadcastScenario(new HubClients(settings, trace, time), settings, time)),
        new("sse", "have every connection get server-sent events, and time each",
            (settings, trace, time) => new ServerSentEventsScenario(new HubClients(settings, trace, time), settings, time),
            Transport: HttpTransportType.ServerSentEvents),
        new("long-poll", "have each poll bring one message",
            (settings, trace, time) => new LongPollScenario(new HubClients(settings, trace, time), settings, trace),
            Transport: HttpTransportType.LongPolling),
        new("mixed", "echo, idle, connect and http at once, over all transports",
            (settings, trace, time) => new MixedScenario(settings, trace, time),
            Transport: HttpTransports.All),
    ];

    public static ScenarioDefinition Get(string name) => All.Single(scenario => scenario.Name.Equals(name, StringComparison.Ordinal));
}
