namespace LoadTests.Comparison.Results;

/// <summary>A line of the table.</summary>
/// <param name="Name">What it says.</param>
/// <param name="Unit">Of the values.</param>
/// <param name="Budget">What ours may be: as a part of the best peer's, or of <see cref="ComparedWith"/>'s; null for none.</param>
internal sealed record FigureDefinition(string Name, string Unit, double? Budget)
{
    /// <summary>Whether the budget is a value, not a ratio.</summary>
    public bool IsAbsolute { get; init; }

    /// <summary>Only this contender counts as a peer; all when null.</summary>
    public string? ComparedWith { get; init; }

    /// <summary>A contender whose value is taken off those of the same round.</summary>
    public string? CountedFrom { get; init; }
}
