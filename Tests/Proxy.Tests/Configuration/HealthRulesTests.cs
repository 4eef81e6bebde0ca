using Proxy.Configuration;
using Xunit;

namespace Proxy.Tests.Configuration;

/// <summary>What a probe may send, and which answers it may take.</summary>
public sealed class HealthRulesTests
{
    [Theory]
    [InlineData("Headers:Host=a", "Gateway:Health:Headers:Host is a field that Gateway:Health:Host sets; write it there, or it would have no effect.")]
    [InlineData("Headers:Content-Length=1", "Headers:Content-Length is a field that the probe itself sets")]
    [InlineData("Headers:content-type=a", "is a field that the probe itself sets")]
    [InlineData("Headers:Transfer-Encoding=chunked", "is a field that the probe itself sets")]
    [InlineData("Headers:Connection=close", "is a field that the probe itself sets")]
    [InlineData("Headers:Keep-Alive=1", "is a field that the probe itself sets")]
    [InlineData("Headers:TE=trailers", "is a field that the probe itself sets")]
    [InlineData("Headers:Upgrade=h2c", "is a field that the probe itself sets")]
    [InlineData("Headers:Proxy-Authorization=x", "is a field that the probe itself sets")]
    [InlineData("Headers:Sec-WebSocket-Key=x", "is a field that the probe itself sets")]
    [InlineData("Headers:Accept=a", "is a field that the probe itself sets")]
    [InlineData("Headers:X One=a", "is not the name of a header field")]
    [InlineData("Headers:X-One=hunter2\r\nX-Two: b", "has a value (not shown) with a line end or another character that is not visible ASCII")]
    [InlineData("Headers:X-One=hunter2\u0000", "has a value (not shown) with a line end")]
    [InlineData("Headers:X-One=hunter2ä", "has a value (not shown) with a line end or another character that is not visible ASCII")]
    [InlineData("Headers:X-One:0=a", "Gateway:Health:Headers:X-One is a single value but has keys below it")]
    [InlineData("Headers=X-One: a", "Gateway:Health:Headers has a value but holds names; write it as Gateway:Health:Headers:NAME")]
    [InlineData("Host=http://a", "Gateway:Health:Host is 'http://a' but must be a host name or IP address, with a port or without")]
    [InlineData("Host=a/b", "but must be a host name")]
    [InlineData("Host=a:", "but must be a host name")]
    [InlineData("Host=a:99999", "but must be a host name")]
    [InlineData("Host=u@a", "but must be a host name")]
    [InlineData("Host=a\r\nb", "but must be a host name")]
    [InlineData("Statuses=2xx",
        "Gateway:Health:Statuses is '2xx' but must be statuses and ranges of them from 100 to 599, such as 200-299,307; every probe would fail.")]
    [InlineData("Statuses=299-200", "but must be statuses")]
    [InlineData("Statuses=200,", "but must be statuses")]
    [InlineData("Statuses=99", "but must be statuses")]
    [InlineData("Statuses=200-600", "but must be statuses")]
    [InlineData("Statuses=200-250-299", "but must be statuses")]
    public void Option_ThatCannotBe_IsAnErrorWithoutASecret(string option, string message)
    {
        var error = Settings.SingleError(Settings.WithNode($"Gateway:Health:{option}"));

        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Host=chat.example.test")]
    [InlineData("Host=chat.example.test:8443")]
    [InlineData("Host=[fd00::1]:80")]
    [InlineData("Host=10.0.0.1")]
    [InlineData("Statuses=200-299, 307")]
    [InlineData("Headers:Authorization=Bearer x")]
    [InlineData("Headers:X-Forwarded-Proto=https")]
    public void Option_ThatCanBe_IsRead(string option) => Assert.Empty(Settings.Read(Settings.WithNode($"Gateway:Health:{option}")).Errors);

    [Theory]
    [InlineData("tcp", "Host=a", "Gateway:Health:Host is not used, because Gateway:Health:Probe is 'tcp'.")]
    [InlineData("none", "Headers:X-One=1", "Gateway:Health:Headers is not used, because Gateway:Health:Probe is 'none'.")]
    [InlineData("tcp", "Path=/a", "Gateway:Health:Path is not used, because Gateway:Health:Probe is 'tcp'.")]
    [InlineData("tcp", "Statuses=200", "Gateway:Health:Statuses is not used, because Gateway:Health:Probe is 'tcp'.")]
    public void Option_ThatTheProbeDoesNotUse_IsAWarning(string probe, string option, string warning) =>
        Assert.Equal(warning, Assert.Single(Settings.Read(Settings.WithNode($"Gateway:Health:Probe={probe}", $"Gateway:Health:{option}")).Warnings));

    [Fact]
    public void Headers_Empty_TakeAFieldAway() => Assert.Equal(["X-Two"],
        Settings.Accepted(Settings.WithNode("Gateway:Health:Headers:X-One=", "Gateway:Health:Headers:X-Two=2")).Health.Headers.Keys);

    [Fact]
    public void Metadata_OfACluster_AddsReplacesAndTakesAway()
    {
        var global = Settings.Accepted(Settings.WithNode("Gateway:Health:Headers:X-One=1", "Gateway:Health:Headers:X-Two=2"));

        var metadata = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Health.Headers.x-one"] = "",
            ["Health.Headers.X-Two"] = "two",
            ["health.headers.X-Three"] = "3",
        };
        var options = ClusterOptions.Overlay(global, metadata, Settings.Routers, out var errors);

        Assert.Empty(errors);
        Assert.Equal(["X-Three=3", "X-Two=two"], options.Health.Headers.Select(pair => $"{pair.Key}={pair.Value}").Order(StringComparer.Ordinal));
        Assert.Equal(2, global.Health.Headers.Count);
    }

    [Theory]
    [InlineData("Health.Headers", "x", "Health.Headers has a value but holds names; write it as Health.Headers.NAME, or it would have no effect.")]
    [InlineData("Health.Headers.Host", "x", "Health.Headers.Host is a field that Health.Host sets; write it there, or it would have no effect.")]
    public void Metadata_ThatCannotBe_IsAnErrorUnderItsOwnName(string name, string value, string message)
    {
        ClusterOptions.Overlay(
            new GatewayOptions(), new Dictionary<string, string>(StringComparer.Ordinal) { [name] = value }, Settings.Routers, out var errors);

        Assert.Equal(message, Assert.Single(errors).Message);
    }
}
