using System.Text.Json;
using System.Text.RegularExpressions;
using Proxy.Admin.Metrics;
using Proxy.Tests.Configuration;
using Xunit;

namespace Proxy.Tests.Deployment;

public sealed partial class GrafanaDashboardTests
{
    [Fact]
    public void Expressions_GatewayMetrics_AreThoseOfThePage()
    {
        var documented = RepositoryFile.Read("docs/metrics.md").Split('\n')
            .Where(line => line.StartsWith("| `gateway.", StringComparison.Ordinal))
            .Select(line => line.Split('|').Select(cell => cell.Trim().Replace("`", "", StringComparison.Ordinal)).ToArray())
            .Select(cells => (Name: PrometheusFormat.Name(cells[1], cells[3], cells[2] is "up-down counter" ? "gauge" : cells[2]), IsHistogram: cells[2] is "histogram"))
            .SelectMany(metric => metric.IsHistogram ? [metric.Name + "_bucket", metric.Name + "_count", metric.Name + "_sum"] : (string[])[metric.Name])
            .ToHashSet(StringComparer.Ordinal);
        using var dashboard = JsonDocument.Parse(RepositoryFile.Read("deploy/grafana/sticky-signalr-gateway.json"));

        var used = dashboard.RootElement.GetProperty("panels").EnumerateArray()
            .SelectMany(panel => panel.TryGetProperty("targets", out var targets) ? targets.EnumerateArray() : default)
            .SelectMany(target => Metric().Matches(target.GetProperty("expr").GetString()!).Select(match => match.Value))
            .ToHashSet(StringComparer.Ordinal);

        Assert.NotEmpty(used);
        Assert.Subset(documented, used);
        Assert.Empty(documented.Select(BaseName).Except(used.Select(BaseName)).Except(["gateway_tunnels", "gateway_trace_decisions_total"]));
    }

    private static string BaseName(string metric) => Suffix().Replace(metric, "");

    [GeneratedRegex(@"\bgateway_[a-z_]+(?=\{)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Metric();

    [GeneratedRegex("_(bucket|count|sum)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Suffix();
}
