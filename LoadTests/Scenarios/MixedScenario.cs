using LoadTests.Connections;
using LoadTests.Engine;
using LoadTests.Reports;
using Microsoft.AspNetCore.Http.Connections;

namespace LoadTests.Scenarios;

/// <summary>Several scenarios at once: of a hundred units and connections each has a fixed share. A unit is a unit of its part.</summary>
internal sealed class MixedScenario : IScenario
{
    /// <summary>The mix; README.md has it too.</summary>
    private static readonly MixedPart[] Mix =
    [
        new("echo", HttpTransportType.WebSockets, Units: 50, Connections: 40),
        new("echo", HttpTransportType.ServerSentEvents, Units: 15, Connections: 10),
        new("echo", HttpTransportType.LongPolling, Units: 10, Connections: 10),
        new("idle", HttpTransportType.WebSockets, Units: 0, Connections: 20),
        new("idle", HttpTransportType.ServerSentEvents, Units: 0, Connections: 10),
        new("idle", HttpTransportType.LongPolling, Units: 0, Connections: 10),
        new("connect", HttpTransportType.WebSockets, Units: 5, Connections: 0),
        new("connect", HttpTransportType.ServerSentEvents, Units: 5, Connections: 0),
        new("connect", HttpTransportType.LongPolling, Units: 5, Connections: 0),
        new("http", Transport: null, Units: 10, Connections: 10),
    ];

    private const int Cycle = 100;

    // Has no divisor in common with the cycle, so it visits every place of it once, and parts alternate.
    private const int Stride = 37;

    private readonly (string Name, IScenario Scenario, int Units)[] _parts;
    private readonly (int Part, int Index)[] _places = new (int Part, int Index)[Cycle];

    public MixedScenario(LoadSettings settings, ConnectionTrace trace, TimeProvider time)
    {
        _parts = [.. Mix.Select(part => (NameOf(part), Create(part, settings, trace, time), part.Units))];
        var counts = new int[_parts.Length];
        var owners = Mix.SelectMany((part, index) => Enumerable.Repeat(index, part.Units)).ToArray();
        for (var place = 0; place < Cycle; place++)
        {
            var part = owners[place * Stride % Cycle];
            _places[place] = (part, counts[part]++);
        }
    }

    public ScenarioSettings Heeds =>
        ScenarioSettings.Hub | ScenarioSettings.Connections | ScenarioSettings.Units | ScenarioSettings.Message | ScenarioSettings.Page;

    public int ConnectionsLost => _parts.Sum(part => part.Scenario.ConnectionsLost);

    public int? ConnectionsOpen => _parts.Sum(part => part.Scenario.ConnectionsOpen ?? 0);

    public async Task SetUpAsync(CancellationToken cancellationToken)
    {
        foreach (var (_, scenario, _) in _parts)
        {
            await scenario.SetUpAsync(cancellationToken);
        }
    }

    public void BeginMeasuring()
    {
        foreach (var (_, scenario, _) in _parts)
        {
            scenario.BeginMeasuring();
        }
    }

    public string PartOf(long number) => _parts[Place(number).Part].Name;

    public Task RunUnitAsync(long number, CancellationToken cancellationToken)
    {
        var (part, index) = Place(number);
        var (_, scenario, units) = _parts[part];
        return scenario.RunUnitAsync((number / Cycle * units) + index, cancellationToken);
    }

    public IEnumerable<LatencySeries> Series() =>
        _parts.SelectMany(part => part.Scenario.Series().Select(series => series with { Name = $"{part.Name}: {series.Name}" }));

    public IEnumerable<Figure> Figures() => _parts
        .Where(part => part.Scenario.ConnectionsOpen is not null)
        .Select(part => new Figure($"connections open, {part.Name}", part.Scenario.ConnectionsOpen!.Value));

    public async ValueTask DisposeAsync()
    {
        foreach (var (_, scenario, _) in _parts)
        {
            await scenario.DisposeAsync();
        }
    }

    private static string NameOf(MixedPart part) => part.Transport is { } transport ? $"{part.Scenario}, {SettingsText.NameOf(transport)}" : part.Scenario;

    private static IScenario Create(MixedPart part, LoadSettings settings, ConnectionTrace trace, TimeProvider time) =>
        ScenarioSet.Get(part.Scenario).Create(
            settings with
            {
                Scenario = part.Scenario,
                Url = part.Transport is null ? settings.Page : settings.Url,
                Transport = part.Transport ?? HttpTransportType.None,
                Connections = Math.Max(1, settings.Connections * part.Connections / 100),
            },
            trace,
            time);

    // Each cycle begins one place later, or a worker of a closed loop could have units of one part only.
    private (int Part, int Index) Place(long number) => _places[(number + (number / Cycle)) % Cycle];
}
