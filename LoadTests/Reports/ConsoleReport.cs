using LoadTests.Engine;
using Spectre.Console;

namespace LoadTests.Reports;

/// <summary>Prints a result, its settings first: a number without them says nothing.</summary>
internal static class ConsoleReport
{
    public static void Write(IAnsiConsole console, LoadResult result)
    {
        console.Write(Summary(result));
        if (result.Started > 0)
        {
            console.Write(Times(result));
        }
    }

    private static Table Summary(LoadResult result)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn(result.Settings.Scenario).AddColumn(Markup.Escape(result.Settings.Url.ToString()));
        foreach (var (name, value) in SettingsText.Of(result.Settings, result.Heeds))
        {
            table.AddRow($"[grey]{name}[/]", Markup.Escape(value));
        }

        table.AddEmptyRow();
        foreach (var (name, value) in ResultText.Lines(result))
        {
            table.AddRow(Markup.Escape(name), Markup.Escape(value));
        }

        return table;
    }

    private static Table Times(LoadResult result)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn("milliseconds");
        foreach (var percentile in Percentiles.All)
        {
            table.AddColumn(new TableColumn(percentile.Name).RightAligned());
        }

        foreach (var (name, latency) in ResultText.Times(result).Concat(ResultText.PartTimes(result)))
        {
            table.AddRow([Markup.Escape(name), .. Percentiles.All.Select(percentile => ResultText.Milliseconds(latency.Percentile(percentile.Percent)))]);
        }

        return table;
    }
}
