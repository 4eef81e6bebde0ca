using Proxy.Outcomes;

namespace Proxy.Decisions;

/// <summary>How often each outcome has come about since the start.</summary>
internal sealed class OutcomeCounters
{
    private static readonly RoutingOutcome[] All = Enum.GetValues<RoutingOutcome>();

    private readonly long[] _counts = new long[All.Length];

    /// <summary>The names of the outcomes that are refusals.</summary>
    public static IReadOnlyList<string> Refusals { get; } = [.. All.Where(outcome => outcome.IsRefusal()).Select(outcome => outcome.Name())];

    public void Count(RoutingOutcome outcome) => Interlocked.Increment(ref _counts[(int)outcome]);

    /// <summary>All of them by name, those that have not come about too.</summary>
    public IReadOnlyDictionary<string, long> Read() =>
        All.ToDictionary(outcome => outcome.Name(), outcome => Interlocked.Read(ref _counts[(int)outcome]), StringComparer.Ordinal);
}
