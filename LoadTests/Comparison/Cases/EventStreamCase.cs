using LoadTests.Comparison.Contenders;
using LoadTests.Comparison.Results;
using LoadTests.Engine;
using LoadTests.Lean;

namespace LoadTests.Comparison.Cases;

/// <summary>Server-sent events: what one costs, and how late it comes.</summary>
internal sealed class EventStreamCase : ICase
{
    private const int Streams = 1500;

    public string Name => "sse";

    public IReadOnlyList<FigureDefinition> Figures { get; } =
    [
        new("CPU per server-sent event, 1,500 streams, 1/s", "µs", 1.5) { CountedFrom = DirectContender.PeerName },
        new("median delay added to a server-sent event", "µs", 2) { CountedFrom = DirectContender.PeerName },
    ];

    public bool PinsProxy => true;

    public IReadOnlyList<IContender> Choose(ContenderSet all) => [.. all.OursAndPeers, new DirectContender()];

    public async Task<Measurement> RunAsync(CaseRun run, CancellationToken cancellationToken)
    {
        await using var streams = new LeanStreams(run.LoadOf(Name, CaseSet.HubPath, Streams, rate: 0));
        await streams.OpenAsync(cancellationToken);
        await Task.Delay(run.WarmUp, cancellationToken);

        var (begun, before) = (run.ReadCpu(), streams.Events);
        var delays = streams.Delays = new LatencyHistogram();
        await Task.Delay(run.Settings.Duration, cancellationToken);
        var (ended, events) = (run.ReadCpu(), streams.Events - before);
        if (events == 0)
        {
            throw new InvalidOperationException("No event came.");
        }

        return new Measurement(
            [(ended.Proxy - begun.Proxy).TotalMicroseconds / events, delays.Percentile(50).TotalMicroseconds],
            ended.ProxyCoresSince(begun),
            ended.LoadCoresSince(begun),
            streams.Lost,
            events / run.Settings.Duration.TotalSeconds);
    }
}
