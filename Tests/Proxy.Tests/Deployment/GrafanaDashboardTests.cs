using System.Diagnostics.Metrics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Proxy.Outcomes;
using Proxy.Tests.Configuration;
using Proxy.Tests.Metrics;
using Xunit;

namespace Proxy.Tests.Deployment;

public sealed partial class GrafanaDashboardTests
{
    [Fact]
    public async Task Expressions_GatewayMetrics_AreThoseOfThePage()
    {
        var documented = await DocumentedAsync();
        using var dashboard = JsonDocument.Parse(RepositoryFile.Read("deploy/grafana/sticky-signalr-gateway.json"));

        var used = dashboard.RootElement.GetProperty("panels").EnumerateArray()
            .SelectMany(panel => panel.TryGetProperty("targets", out var targets) ? targets.EnumerateArray() : default)
            .SelectMany(target => Metric().Matches(target.GetProperty("expr").GetString()!).Select(match => match.Value))
            .ToHashSet(StringComparer.Ordinal);

        Assert.NotEmpty(used);
        Assert.Subset(documented, used);
        Assert.Empty(documented.Select(BaseName).Except(used.Select(BaseName)).Except(["gateway_tunnels", "gateway_trace_decisions_total"]));
    }

    /// <summary>What is no refusal must not be counted as one.</summary>
    [Fact]
    public void Refusals_LeaveOut_EveryOutcomeThatANodeAnswers()
    {
        var left = LeftOut().Match(RepositoryFile.Read("deploy/grafana/sticky-signalr-gateway.json")).Groups["outcomes"].Value.Split('|');

        Assert.Equal(Enum.GetValues<RoutingOutcome>().Where(static outcome => !outcome.IsRefusal()).Select(static outcome => outcome.Name()), left);
    }

    /// <summary>Prometheus's names of the instruments of docs/metrics.md, as the gateway's own exporter writes them.</summary>
    private static async Task<HashSet<string>> DocumentedAsync()
    {
        using var scrape = new PrometheusScrape();
        foreach (var line in RepositoryFile.Read("docs/metrics.md").Split('\n').Where(line => line.StartsWith("| `gateway.", StringComparison.Ordinal)))
        {
            var cells = line.Split('|').Select(cell => cell.Trim().Replace("`", "", StringComparison.Ordinal)).ToArray();
            Use(scrape.Meter, name: cells[1], kind: cells[2], unit: cells[3]);
        }

        return [.. (await scrape.ReadAsync()).Where(line => line[0] != '#').Select(line => line[..line.IndexOf('{', StringComparison.Ordinal)])];
    }

    private static void Use(Meter meter, string name, string kind, string unit)
    {
        switch (kind)
        {
            case "counter":
                meter.CreateCounter<int>(name, unit).Add(1);
                break;
            case "up-down counter":
                meter.CreateUpDownCounter<int>(name, unit).Add(1);
                break;
            case "gauge":
                meter.CreateGauge<int>(name, unit).Record(1);
                break;
            case "histogram":
                meter.CreateHistogram<double>(name, unit).Record(1);
                break;
            default:
                Assert.Fail($"{name} is a {kind}.");
                break;
        }
    }

    private static string BaseName(string metric) => Suffix().Replace(metric, "");

    [GeneratedRegex(@"\bgateway_[a-z_]+(?=\{)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Metric();

    [GeneratedRegex(@"gateway_outcome!~\\""(?<outcomes>[a-z|-]+)\\""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex LeftOut();

    [GeneratedRegex("_(bucket|count|sum)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Suffix();
}
