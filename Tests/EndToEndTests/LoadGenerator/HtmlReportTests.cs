using System.Globalization;
using System.Xml.Linq;
using LoadTests.Connections;
using LoadTests.Engine;
using LoadTests.Reports;
using Xunit;

namespace EndToEndTests.LoadGenerator;

public sealed class HtmlReportTests
{
    private const string Hostile = "<script>alert('1')</script> & \"more\"";

    private static readonly LoadSettings Settings = new()
    {
        Scenario = "scripted " + Hostile,
        Url = new Uri("http://localhost/hub?a=1&b=2"),
        Rate = 10,
        Duration = TimeSpan.FromSeconds(3),
        WarmUp = TimeSpan.Zero,
    };

    private readonly SelfAdvancingClock _clock = new();

    [Fact]
    public async Task Page_TextFromOutside_IsEscaped()
    {
        var page = HtmlReport.Write(await RunAsync(number => number % 2 == 0 ? Task.CompletedTask : throw new InvalidOperationException(Hostile)));

        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("<h1>scripted &lt;script&gt;", page, StringComparison.Ordinal);
        Assert.Contains("failed: InvalidOperationException: &lt;script&gt;", page, StringComparison.Ordinal);
        Assert.Contains("http://localhost/hub?a=1&amp;b=2", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Page_LoadsNothing()
    {
        var page = HtmlReport.Write(await RunAsync(_ => Task.CompletedTask));

        Assert.DoesNotMatch("(?i)\\b(src|href)\\s*=|url\\(|@import|<link|<iframe", page);
    }

    [Fact]
    public async Task Charts_OfARun_AreWellFormedAndHaveAPointForEachSample()
    {
        var result = await RunAsync(_ => Task.CompletedTask);

        var charts = Charts(HtmlReport.Write(result));

        Assert.Equal(
            ["Times by percentile, milliseconds", "Latency of each part by percentile, milliseconds", "Latency over time, milliseconds",
                "Units per second over time", "Open connections over time"],
            charts.Select(chart => chart.Element("figcaption")!.Value));
        var rates = charts[3].Descendants("g").First();
        Assert.Equal(result.Samples.Count, rates.Elements("circle").Count());
        Assert.StartsWith("succeeded, 1 s: ", rates.Elements("circle").First().Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Charts_UnevenRates_AreDrawnToScale()
    {
        // Nothing in the second before the last.
        var result = await RunAsync(number => number is >= 10 and < 20 ? throw new InvalidOperationException() : Task.CompletedTask);

        var heights = Charts(HtmlReport.Write(result))[3].Descendants("g").Select(
            line => line.Elements("circle").Select(circle => double.Parse(circle.Attribute("cy")!.Value, CultureInfo.InvariantCulture)).ToList()).ToList();

        // Downwards is more in SVG: where the one line is high the other lies on the axis.
        Assert.True(heights[0][1] > heights[0][0] && heights[1][1] < heights[1][0], string.Join(' ', heights.SelectMany(line => line)));
    }

    [Fact]
    public async Task Page_NoUnits_HasConnectionsOnly()
    {
        var scenario = new ScriptedScenario(_ => Task.CompletedTask) { Heeds = ScenarioSettings.Hub | ScenarioSettings.Connections, ConnectionsOpen = 7 };

        var page = HtmlReport.Write(await new LoadRunner(TimeProvider.System).RunAsync(
            scenario, Settings with { Duration = TimeSpan.FromMilliseconds(50) }, new ConnectionTrace(), TestContext.Current.CancellationToken));

        Assert.Equal(["Open connections over time"], Charts(page).Select(chart => chart.Element("figcaption")!.Value));
        Assert.DoesNotContain("latency", page, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(0, "0 1")]
    [InlineData(0.3, "0 0.05 0.1 0.15 0.2 0.25 0.3")]
    [InlineData(1, "0 0.2 0.4 0.6 0.8 1")]
    [InlineData(12, "0 2 4 6 8 10 12")]
    [InlineData(13, "0 5 10 15")]
    [InlineData(4321, "0 1000 2000 3000 4000 5000")]
    public void Ticks_UpToAValue_AreRoundAndReachIt(double largest, string ticks)
    {
        Assert.Equal(ticks, string.Join(' ', ChartTicks.UpTo(largest).Select(tick => FormattableString.Invariant($"{tick:0.######}"))));
    }

    // A line of the page each.
    private static List<XElement> Charts(string page) =>
        [.. page.Split('\n').Where(line => line.StartsWith("<figure>", StringComparison.Ordinal)).Select(XElement.Parse)];

    private Task<LoadResult> RunAsync(Func<long, Task> unit) => new LoadRunner(_clock).RunAsync(
        new ScriptedScenario(unit) { ConnectionsOpen = 7, Part = number => number % 2 == 0 ? "even " + Hostile : "odd" },
        Settings,
        new ConnectionTrace(),
        TestContext.Current.CancellationToken);
}
