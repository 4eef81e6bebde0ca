using System.Text;
using LoadTests.Comparison.Contenders;

namespace LoadTests.Comparison.Results;

/// <summary>Writes the table, and puts it between two comments of a page.</summary>
internal static class TableWriter
{
    public const string Begin = "<!-- compare: begin -->";
    public const string End = "<!-- compare: end -->";

    private const string Nothing = "-";

    /// <summary>The table as Markdown.</summary>
    /// <param name="rows">In order.</param>
    /// <param name="peers">Their columns.</param>
    public static string Write(IReadOnlyList<FigureRow> rows, IReadOnlyList<string> peers)
    {
        string[] head = ["case", "figure", "unit", GatewayContender.Ours, .. peers, "of best peer", "of nginx", "budget", "met"];
        var table = new StringBuilder();
        AppendRow(table, head);
        AppendRow(table, head.Select(_ => "---"));
        foreach (var row in rows)
        {
            AppendRow(table, [row.Case, row.Figure.Name, row.Figure.Unit, OursCell(row), .. peers.Select(peer => Text(row.Of(peer))), .. Verdict(row)]);
        }

        return table.ToString();
    }

    /// <summary>What each side of each run did: a limit outside the proxy shows here.</summary>
    public static string WriteLoads(IReadOnlyList<CaseResult> results)
    {
        var table = new StringBuilder();
        AppendRow(table, ["case", "", "proxy", "generator and nodes", "units/s", "failed"]);
        AppendRow(table, Enumerable.Repeat("---", 6));
        foreach (var result in results)
        {
            foreach (var samples in result.Samples.GroupBy(sample => sample.Contender, StringComparer.Ordinal).OrderBy(
                group => group.Key, StringComparer.Ordinal))
            {
                AppendRow(table, [result.Name, samples.Key, .. LoadCells([.. samples])]);
            }
        }

        return table.ToString();
    }

    /// <summary>The page with everything between the two comments replaced.</summary>
    /// <exception cref="InvalidDataException">The page lacks them.</exception>
    public static string Insert(string page, string content)
    {
        var begin = page.IndexOf(Begin, StringComparison.Ordinal);
        var end = page.IndexOf(End, StringComparison.Ordinal);
        return begin >= 0 && end > begin
            ? $"{page[..(begin + Begin.Length)]}\n\n{content.Trim()}\n\n{page[end..]}"
            : throw new InvalidDataException($"The page has no '{Begin}' followed by '{End}'.");
    }

    private static IEnumerable<string> LoadCells(IReadOnlyList<Sample> samples) =>
    [
        $"{Spread.Of(samples.Select(sample => sample.ProxyCores))!.Value.Median:0.00}",
        $"{Spread.Of(samples.Select(sample => sample.LoadCores))!.Value.Median:0.00}",
        Spread.Of(samples.Select(sample => sample.Throughput)) is { Median: > 0 and var rate } ? $"{rate:0}" : Nothing,
        $"{samples.Sum(sample => sample.Failed)}",
    ];

    private static string OursCell(FigureRow row) =>
        Text(row.Ours) + (row.Figure.ComparedWith is { } only ? $"; {only}: {Text(row.Of(only))}" : "");

    private static IEnumerable<string> Verdict(FigureRow row) =>
    [
        Text(row.RatioToBestPeer),
        Text(row.RatioTo(NginxContender.PeerName)),
        (row.Figure.Budget is { } budget ? $"{budget:0.##}" : Nothing) + (row.Figure is { Budget: not null, IsAbsolute: true } ? $" {row.Figure.Unit}" : ""),
        row.IsMet switch { true => "yes", false => "no", null => Nothing },
    ];

    private static string Text(Spread? spread) => spread is { } value ? $"{Number(value.Median)} ({Number(value.Min)}..{Number(value.Max)})" : Nothing;

    private static string Text(double? ratio) => ratio is { } value ? $"{value:0.00}" : Nothing;

    // Three digits that mean something.
    private static string Number(double value) => Math.Abs(value) switch
    {
        >= 100 => $"{value:0}",
        >= 10 => $"{value:0.0}",
        _ => $"{value:0.00}",
    };

    private static void AppendRow(StringBuilder table, IEnumerable<string> cells) => table.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
}
