namespace LoadTests.Comparison;

/// <summary>Who goes first: each round begins with another, so that what changes in time hits all alike.</summary>
internal static class Interleaving
{
    /// <summary>The order of a round, counted from 0.</summary>
    public static IEnumerable<T> Order<T>(IReadOnlyList<T> all, int round) => Enumerable.Range(0, all.Count).Select(i => all[(round + i) % all.Count]);
}
