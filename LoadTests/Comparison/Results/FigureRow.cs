namespace LoadTests.Comparison.Results;

/// <summary>A line of the table, worked out.</summary>
/// <param name="Case">Name of the case.</param>
/// <param name="Figure">Which one.</param>
/// <param name="Values">By contender.</param>
internal sealed record FigureRow(string Case, FigureDefinition Figure, IReadOnlyDictionary<string, Spread> Values)
{
    public Spread? Ours => Of(Contenders.GatewayContender.Ours);

    /// <summary>The peer that needs least.</summary>
    public string? BestPeer => Values.Where(pair => IsPeer(pair.Key)).OrderBy(pair => pair.Value.Median).Select(pair => pair.Key).FirstOrDefault();

    public double? RatioToBestPeer => BestPeer is { } best ? RatioTo(best) : null;

    /// <summary>Null when there is nothing to judge by.</summary>
    public bool? IsMet => (Figure.Budget, Figure.IsAbsolute ? Ours?.Median : RatioToBestPeer) is ({ } budget, { } value) ? value <= budget : null;

    public static FigureRow Of(CaseResult result, int figure)
    {
        var definition = result.Figures[figure];
        var values = result.Samples.GroupBy(sample => sample.Contender, StringComparer.Ordinal).ToDictionary(
            group => group.Key,
            group => Spread.Of(group.Select(sample => sample.Values[figure] - BaselineOf(result, definition, sample.Round, figure)))!.Value,
            StringComparer.Ordinal);
        if (definition.CountedFrom is { } baseline)
        {
            values.Remove(baseline);
        }

        return new FigureRow(result.Name, definition, values);
    }

    public Spread? Of(string contender) => Values.TryGetValue(contender, out var spread) ? spread : null;

    /// <summary>Ours as a part of theirs; null when either is missing or theirs is nothing.</summary>
    public double? RatioTo(string peer) => (Ours, Of(peer)) is ({ } ours, { Median: > 0 } theirs) ? ours.Median / theirs.Median : null;

    private bool IsPeer(string contender) => Figure.ComparedWith is { } only ? contender == only : contender != Contenders.GatewayContender.Ours;

    private static double BaselineOf(CaseResult result, FigureDefinition definition, int round, int figure) =>
        definition.CountedFrom is { } baseline ? result.Samples.Single(sample => sample.Contender == baseline && sample.Round == round).Values[figure] : 0;
}
