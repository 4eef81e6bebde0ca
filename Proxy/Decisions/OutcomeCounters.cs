using Proxy.Metrics;
using Proxy.Outcomes;


namespace Proxy.Decisions;

/// <summary>How often each outcome has come about since the start.</summary>
internal sealed class OutcomeCounters
{
    private readonly long[] _counts = new long[Enum.GetValues<Outcome>().Length];

    public void Count(Outcome outcome) => Interlocked.Increment(ref _counts[(int)outcome]);

    /// <summary>All of them by name, zeros too.</summary>
    public IReadOnlyDictionary<string, long> Read() =>
        Enum.GetValues<Outcome>().ToDictionary(outcome => outcome.Name(), outcome => Interlocked.Read(ref _counts[(int)outcome]), StringComparer.Ordinal);
}
