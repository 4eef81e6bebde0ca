using LoadTests.Comparison.Contenders;
using LoadTests.Comparison.Results;
using LoadTests.Lean;
using Microsoft.AspNetCore.Http.Connections;

namespace LoadTests.Comparison.Cases;

/// <summary>All cases, with the budgets of their figures.</summary>
internal static class CaseSet
{
    public const string HubPath = "/hub";

    private const string PagePath = "/page";
    private const double Microseconds = 1e6;
    private const int EchoSize = 128;
    private const int LargeSize = 64 * 1024;

    // Each byte comes and goes once.
    private const double LargeUnitsPerGigabyte = 1e9 / (2.0 * LargeSize);

    public static IReadOnlyList<ICase> All { get; } =
    [
        new MemoryCase(),
        new LoadCase
        {
            Name = "echo-4000",
            Figure = new FigureDefinition("CPU per echoed 128-byte message, 4,000/s", "µs", 1.2),
            Factor = Microseconds,
            Scenario = settings => new LeanEchoScenario(settings, TimeProvider.System),
            Connections = 200,
            Rate = 4000,
            MessageSize = EchoSize,
        },
        new LoadCase
        {
            Name = "echo-saturated",
            Figure = new FigureDefinition("CPU per echoed message, saturated", "µs", 1.1),
            Factor = Microseconds,
            Scenario = settings => new LeanEchoScenario(settings, TimeProvider.System),
            Connections = 200,
            Rate = 0,
            MessageSize = EchoSize,
        },
        new LoadCase
        {
            Name = "connect-250",
            Figure = new FigureDefinition("CPU per connect cycle, 250/s", "µs", 1.6),
            Factor = Microseconds,
            Scenario = settings => new LeanConnectScenario(settings),
            Connections = 100,
            Rate = 250,
        },
        new LoadCase
        {
            Name = "connect-saturated",
            Figure = new FigureDefinition("CPU per connect cycle, saturated", "µs", 1.3),
            Factor = Microseconds,
            Scenario = settings => new LeanConnectScenario(settings),
            Connections = 32,
            Rate = 0,
        },
        new LoadCase
        {
            Name = "large",
            Figure = new FigureDefinition("CPU per GB of 64 KiB messages", "s", 0.6),
            Factor = LargeUnitsPerGigabyte,
            Scenario = settings => new LeanEchoScenario(settings, TimeProvider.System),
            Connections = 50,
            Rate = 1000,
            MessageSize = LargeSize,
        },
        new EventStreamCase(),
        new LoadCase
        {
            Name = "long-poll",
            Figure = new FigureDefinition("CPU per long-poll cycle (a call by POST, its answer by poll), 500/s", "µs", 2.0),
            Factor = Microseconds,
            Scenario = settings => new LeanEchoScenario(settings with { Transport = HttpTransportType.LongPolling }, TimeProvider.System),
            Connections = 200,
            Rate = 500,
            MessageSize = EchoSize,
        },
        new LoadCase
        {
            Name = "http-3000",
            Figure = new FigureDefinition("CPU per short request, 3,000/s", "µs", 2.4),
            Factor = Microseconds,
            Scenario = settings => new LeanHttpScenario(settings),
            Path = PagePath,
            Connections = 64,
            Rate = 3000,
        },
        new StormCase(),
        new LoadCase
        {
            Name = "affinity-cost",
            Figure = new FigureDefinition("affinity: CPU per short request, against Mode=None", "µs", 1.03) { ComparedWith = GatewayContender.WithoutAffinity },
            Factor = Microseconds,
            Scenario = settings => new LeanHttpScenario(settings),
            Path = PagePath,
            Connections = 64,
            Rate = 3000,
            Contenders = all => [all.Ours, all.WithoutAffinity],
            Nodes = 1, // without affinity, two would break connections
        },
        new LoadCase
        {
            Name = "affinity-cost",
            Figure = new FigureDefinition("affinity: CPU per connect cycle, against Mode=None", "µs", 1.03) { ComparedWith = GatewayContender.WithoutAffinity },
            Factor = Microseconds,
            Scenario = settings => new LeanConnectScenario(settings),
            Connections = 100,
            Rate = 250,
            Contenders = all => [all.Ours, all.WithoutAffinity],
            Nodes = 1, // without affinity, two would break connections
        },
    ];
}
