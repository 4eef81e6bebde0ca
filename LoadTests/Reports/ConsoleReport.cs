using System.Globalization;
using LoadTests.Connections;
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
        foreach (var (name, value) in Lines(result))
        {
            table.AddRow(Markup.Escape(name), Markup.Escape(value));
        }

        return table;
    }

    private static IEnumerable<(string Name, string Value)> Lines(LoadResult result)
    {
        yield return ("set-up", Text($"{result.SetUp.TotalSeconds:0.0} s"));
        yield return ("measured", Text($"{result.Measured.TotalSeconds:0.0} s"));
        if (result.Started > 0)
        {
            yield return ("units", Text($"{result.Started} started, {result.Succeeded} succeeded, {result.Failed} failed"));
            yield return ("throughput", Text($"{result.Throughput:0.0} units/s"));
        }

        yield return ("generator CPU", Text($"{result.GeneratorCpu.TotalSeconds:0.00} s, {result.GeneratorCores:0.00} cores"));
        if (result.Heeds.HasFlag(ScenarioSettings.Connections | ScenarioSettings.Hub))
        {
            yield return ("connections lost", Text($"{result.ConnectionsLost}"));
        }

        foreach (var figure in result.Figures)
        {
            yield return (figure.Name, Text($"{figure.Value:0.##} {figure.Unit}").TrimEnd());
        }

        foreach (var ((kind, status), count) in result.Answers.OrderBy(pair => pair.Key))
        {
            yield return ($"{kind} {(status == ObservedResponse.NoAnswer ? "without answer" : Text($"{status}"))}", Text($"{count} since the set-up began"));
        }

        foreach (var (error, count) in result.Errors.OrderByDescending(pair => pair.Value))
        {
            yield return ("failed: " + error, Text($"{count}"));
        }
    }

    private static Table Times(LoadResult result)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn("milliseconds");
        foreach (var percentile in Percentiles.All)
        {
            table.AddColumn(new TableColumn(percentile.Name).RightAligned());
        }

        table.AddRow(Row("latency, from the intended start", result.Latency));
        table.AddRow(Row("service, from the real start", result.Service));
        table.AddRow(Row("lag of the generator", result.Lag));
        return table;
    }

    private static string[] Row(string name, LatencyHistogram histogram) =>
        [name, .. Percentiles.All.Select(percentile => Text($"{histogram.Percentile(percentile.Percent).TotalMilliseconds:0.000}"))];

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
