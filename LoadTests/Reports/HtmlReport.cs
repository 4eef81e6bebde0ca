using System.Net;
using System.Text;
using LoadTests.Engine;
using static System.FormattableString;

namespace LoadTests.Reports;

/// <summary>A result as a page that needs nothing from elsewhere.</summary>
internal static class HtmlReport
{
    private const string Style = """
        :root { color-scheme: light dark; --text: #1a1f24; --soft: #5c6873; --ground: #fff; --panel: #f5f7f9; --rule: #dde3e8; --bad: #b3261e;
          --c0: #1769c4; --c1: #c2410c; --c2: #15803d; --c3: #9333ea; --c4: #b45309; --c5: #0e7490; --c6: #be185d; --c7: #6b7280; }
        @media (prefers-color-scheme: dark) { :root { --text: #e6eaee; --soft: #9aa7b3; --ground: #14181c; --panel: #1c2227; --rule: #313a42; --bad: #ff8a80;
          --c0: #6cb2ff; --c1: #ff9a5c; --c2: #5fd08a; --c3: #c99bff; --c4: #f2c14e; --c5: #5ccfe6; --c6: #ff8fbf; --c7: #a9b4be; } }
        body { font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--ground); max-width: 1080px; margin: 2rem auto; padding: 0 1rem; }
        h1 { font-size: 1.6rem; margin: 0; overflow-wrap: anywhere; }
        h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
        header p { color: var(--soft); margin: .2rem 0 1rem; overflow-wrap: anywhere; }
        dl.key { display: flex; flex-wrap: wrap; gap: .75rem; margin: 0; }
        dl.key div { background: var(--panel); border: 1px solid var(--rule); border-radius: 8px; padding: .6rem 1rem; min-width: 7rem; }
        dl.key dt { color: var(--soft); font-size: .85rem; }
        dl.key dd { margin: 0; font-size: 1.3rem; font-variant-numeric: tabular-nums; }
        .bad { color: var(--bad); }
        .tables, .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 460px), 1fr)); gap: 0 2rem; align-items: start; }
        table { border-collapse: collapse; width: 100%; }
        th, td { text-align: left; padding: .25rem .5rem .25rem 0; border-bottom: 1px solid var(--rule); vertical-align: top; overflow-wrap: anywhere; }
        th { font-weight: 500; color: var(--soft); }
        table.times td, table.times thead th + th { text-align: right; font-variant-numeric: tabular-nums; }
        table.times td { white-space: nowrap; padding-left: .5rem; }
        table.times th:first-child { min-width: 10rem; }
        .wide { overflow-x: auto; }
        figure { margin: 1rem 0 0; background: var(--panel); border: 1px solid var(--rule); border-radius: 8px; padding: .75rem; }
        figcaption { font-weight: 600; margin-bottom: .25rem; }
        svg { width: 100%; height: auto; display: block; }
        svg text { fill: var(--soft); font-size: 12px; }
        svg .y { text-anchor: end; }
        svg .x { text-anchor: middle; }
        svg .x:last-of-type { text-anchor: end; }
        svg .grid { stroke: var(--rule); }
        svg polyline { fill: none; stroke: var(--line); stroke-width: 2; stroke-linejoin: round; }
        svg circle { fill: var(--line); opacity: 0; }
        svg circle:hover { opacity: 1; }
        .line0 { --line: var(--c0); } .line1 { --line: var(--c1); } .line2 { --line: var(--c2); } .line3 { --line: var(--c3); }
        .line4 { --line: var(--c4); } .line5 { --line: var(--c5); } .line6 { --line: var(--c6); } .line7 { --line: var(--c7); }
        .legend { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: .25rem 0 0; padding: 0; font-size: .85rem; }
        .legend li::before { content: ""; display: inline-block; width: .8em; height: .8em; border-radius: 2px; background: var(--line); margin-right: .4em; }
        """;

    public static string Write(LoadResult result)
    {
        var html = new StringBuilder();
        var title = $"{result.Settings.Scenario} on {result.Settings.Url}";
        html.Append(Invariant($"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{Encode(title)}</title>
            <style>
            {Style}
            </style>
            </head>
            <body>
            <header><h1>{Encode(result.Settings.Scenario)}</h1>
            <p>{Encode(result.Settings.Url.ToString())}, measured {result.Began:yyyy-MM-dd HH:mm:ss} UTC</p></header>

            """));
        AppendKeyFigures(html, result);
        AppendCharts(html, result);
        if (result.Started > 0)
        {
            AppendTimes(html, result);
        }

        html.Append("<div class=\"tables\">\n");
        AppendTable(html, "Results", ResultText.Lines(result));
        AppendTable(html, "Settings", SettingsText.Of(result.Settings, result.Heeds));
        return html.Append("</div>\n</body>\n</html>\n").ToString();
    }

    private static string Encode(string text) => WebUtility.HtmlEncode(text);

    private static void AppendKeyFigures(StringBuilder html, LoadResult result)
    {
        html.Append("<dl class=\"key\">");
        if (result.Started > 0)
        {
            Append("units per second", Invariant($"{result.Throughput:0.0}"));
            Append("failed units", Invariant($"{result.Failed}"), isBad: result.Failed > 0);
            Append("median latency", Invariant($"{result.Latency.Percentile(50).TotalMilliseconds:0.0} ms"));
            Append("99th percentile", Invariant($"{result.Latency.Percentile(99).TotalMilliseconds:0.0} ms"));
        }

        if (result.Samples[^1].ConnectionsOpen is { } open)
        {
            Append("connections open", Invariant($"{open}"));
            Append("connections lost", Invariant($"{result.ConnectionsLost}"), isBad: result.ConnectionsLost > 0);
        }

        Append("generator, cores", Invariant($"{result.GeneratorCores:0.00}"));
        html.Append("</dl>\n");

        void Append(string name, string value, bool isBad = false) =>
            html.Append(Invariant($"<div><dt>{Encode(name)}</dt><dd{(isBad ? " class=\"bad\"" : "")}>{Encode(value)}</dd></div>"));
    }

    private static void AppendCharts(StringBuilder html, LoadResult result)
    {
        html.Append("<div class=\"charts\">\n");
        foreach (var chart in ResultCharts.Of(result))
        {
            html.Append(chart.ToHtml()).Append('\n');
        }

        html.Append("</div>\n");
    }

    private static void AppendTimes(StringBuilder html, LoadResult result)
    {
        html.Append("<h2>Times, milliseconds</h2>\n<div class=\"wide\"><table class=\"times\"><thead><tr><th></th>");
        foreach (var percentile in Percentiles.All)
        {
            html.Append(Invariant($"<th>{Encode(percentile.Name)}</th>"));
        }

        html.Append("</tr></thead><tbody>\n");
        foreach (var (name, latency) in ResultText.Times(result).Concat(ResultText.PartTimes(result)))
        {
            html.Append(Invariant($"<tr><th>{Encode(name)}</th>"));
            foreach (var percentile in Percentiles.All)
            {
                html.Append(Invariant($"<td>{ResultText.Milliseconds(latency.Percentile(percentile.Percent))}</td>"));
            }

            html.Append("</tr>\n");
        }

        html.Append("</tbody></table></div>\n");
    }

    private static void AppendTable(StringBuilder html, string title, IEnumerable<(string Name, string Value)> lines)
    {
        html.Append(Invariant($"<section><h2>{Encode(title)}</h2>\n<table><tbody>\n"));
        foreach (var (name, value) in lines)
        {
            html.Append(Invariant($"<tr><th>{Encode(name)}</th><td>{Encode(value)}</td></tr>\n"));
        }

        html.Append("</tbody></table></section>\n");
    }
}
