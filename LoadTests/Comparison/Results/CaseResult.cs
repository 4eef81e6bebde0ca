namespace LoadTests.Comparison.Results;

/// <summary>All runs of a case.</summary>
internal sealed record CaseResult(string Name, IReadOnlyList<FigureDefinition> Figures, IReadOnlyList<Sample> Samples);
