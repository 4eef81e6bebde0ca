using LoadTests.Connections;
using LoadTests.Engine;
using LoadTests.Scenarios;
using Microsoft.AspNetCore.SignalR.Client;

namespace EndToEndTests.LoadGenerator.Samples;

/// <summary>A unit is a stream of ten numbers, read to its end; how long the first of them takes is timed for itself.</summary>
public sealed class StreamScenario(LoadSettings settings, ConnectionTrace trace, TimeProvider time) : IScenario
{
    private const int Numbers = 10;

    private readonly HubClients _clients = new(settings, trace, time);
    private LatencyHistogram _first = new();

    public static ScenarioDefinition Definition { get; } =
        new("stream", "read streams of ten numbers", (settings, trace, time) => new StreamScenario(settings, trace, time));

    public ScenarioSettings Heeds => ScenarioSettings.Hub | ScenarioSettings.Connections | ScenarioSettings.Units;

    public int ConnectionsLost => _clients.Lost;

    public int? ConnectionsOpen => _clients.Open;

    public Task SetUpAsync(CancellationToken cancellationToken) => _clients.OpenAsync(cancellationToken);

    public void BeginMeasuring() => _first = new LatencyHistogram(); // without the warm-up

    public async Task RunUnitAsync(long number, CancellationToken cancellationToken)
    {
        var first = _first; // of the phase in which the unit began
        var begun = time.GetTimestamp();
        var count = 0;
        await foreach (var _ in _clients.For(number).StreamAsync<int>("Counter", Numbers, 0, cancellationToken))
        {
            if (count++ == 0)
            {
                first.Record(time.GetElapsedTime(begun));
            }
        }

        if (count != Numbers)
        {
            throw new InvalidOperationException($"The stream ended after {count} numbers.");
        }
    }

    public IEnumerable<LatencySeries> Series() => [new("first number of a stream", _first)];

    public ValueTask DisposeAsync() => _clients.DisposeAsync();
}
