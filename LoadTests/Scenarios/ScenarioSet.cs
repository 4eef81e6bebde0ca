using Microsoft.AspNetCore.Http.Connections;

namespace LoadTests.Scenarios;

/// <summary>The scenarios that come with the program.</summary>
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
        new("broadcast", "have the hub send to all, and follow each message to every connection",
            (settings, trace, time) => new BroadcastScenario(new HubClients(settings, trace, time), settings, time)),
        new("sse", "have every connection get server-sent events, and time each",
            (settings, trace, time) => new ServerSentEventsScenario(new HubClients(settings, trace, time), settings, time),
            HttpTransportType.ServerSentEvents),
        new("long-poll", "have each poll bring one message",
            (settings, trace, time) => new LongPollScenario(new HubClients(settings, trace, time), settings, trace),
            HttpTransportType.LongPolling),
        new("mixed", "echo, idle, connect and http at once, over all transports",
            (settings, trace, time) => new MixedScenario(settings, trace, time),
            HttpTransports.All),
    ];

    public static ScenarioDefinition Get(string name) => All.Single(scenario => scenario.Name.Equals(name, StringComparison.Ordinal));
}
