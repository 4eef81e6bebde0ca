using System.Text.Json;

namespace LoadTests.Comparison.Results;

/// <summary>A comparison for programs: every sample, and what was made of them.</summary>
internal static class CompareJson
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static string Write(IReadOnlyList<FigureRow> rows, IReadOnlyList<CaseResult> results) => JsonSerializer.Serialize(
        new
        {
            machine = Machine.Describe(),
            figures = rows.Select(row => new
            {
                row.Case,
                row.Figure.Name,
                row.Figure.Unit,
                row.Figure.Budget,
                budgetIsRatio = !row.Figure.IsAbsolute,
                row.Values,
                row.BestPeer,
                row.RatioToBestPeer,
                met = row.IsMet,
            }),
            cases = results.Select(result => new { result.Name, figures = result.Figures.Select(figure => figure.Name), result.Samples }),
        },
        Options);
}
