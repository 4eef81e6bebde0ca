using System.Text.Json;
using Proxy.Configuration;
using Xunit;

namespace Proxy.Tests.Configuration;

public sealed class ClusterOptionsTests
{
    [Fact]
    public void Overlay_NoMetadata_IsTheGlobalObject()
    {
        var global = new GatewayOptions();

        Assert.Same(global, ClusterOptions.Overlay(global, metadata: null, Settings.Routers, out var errors));
        Assert.Empty(errors);
    }

    [Fact]
    public void Overlay_OwnNames_OverrideACopy()
    {
        var global = new GatewayOptions();
        var before = JsonSerializer.Serialize(global);

        var options = ClusterOptions.Overlay(global, Metadata(
            ("Router", "query:node"), ("RouterMiss", "BadRequest"), ("EnforceCapacity", "true"), ("Tunnel", "yarp"), ("mode", "Learn"),
            ("Reattach", "required"), ("OnUnknown", "Probe"),
            ("Cookie.Name", "other"), ("Health.Path", "/up"), ("Scale.DrainTimeout", "00:01:00"), ("Scale.Rebalance.Rate", "5"),
            ("Timeouts.LongPoll", "00:02:00"),
            ("Negotiate.Deadline", "00:00:30"), ("Hubs", "/a, /b")), Settings.Routers, out var errors);

        Assert.Empty(errors);
        Assert.Equal(
            ("query:node", RouterMiss.BadRequest, true, TunnelKind.Yarp), (options.Router, options.RouterMiss, options.EnforceCapacity, options.Tunnel));
        Assert.Equal((AffinityMode.Learn, Reattach.Required, OnUnknown.Probe, "other"),
            (options.Affinity.Mode, options.Affinity.Reattach, options.Affinity.OnUnknown, options.Affinity.Cookie.Name));
        Assert.Equal(("/up", TimeSpan.FromMinutes(1), 5, TimeSpan.FromMinutes(2)),
            (options.Health.Path, options.Scale.DrainTimeout, options.Scale.Rebalance.Rate, options.Timeouts.LongPoll));
        Assert.Equal(TimeSpan.FromSeconds(30), options.Negotiate.Deadline);
        Assert.Equal(["/a", "/b"], options.Hubs);
        Assert.Equal(before, JsonSerializer.Serialize(global));
    }

    [Fact]
    public void Overlay_Unusable_StaysGlobalAndIsReported()
    {
        var options = ClusterOptions.Overlay(new GatewayOptions(), Metadata(
            ("Router", "nobody"), ("Mode", "3"), ("Scale.DrainTimeout", "300"), ("Cookie.Path", "x"), ("Hubs", "chat")), Settings.Routers, out var errors);

        Assert.Equal(["Cookie.Path", "Hubs.0", "Mode", "Router", "Scale.DrainTimeout"], errors.Select(e => e.Key).Order(StringComparer.Ordinal));
        Assert.All(errors, e => Assert.StartsWith(e.Key + " is '", e.Message, StringComparison.Ordinal));
        Assert.Equal(AffinityMode.Auto, options.Affinity.Mode);
    }

    [Theory]
    [InlineData("Health.Pth", "Health.Path")]
    [InlineData("Cookie.Nmae", "Cookie.Name")]
    [InlineData("Affinity.Mode", "Mode")]
    [InlineData("Scale.ShutdownTimeout", "Scale.")]
    [InlineData("Negotiate.QueueLimit", "Negotiate.")]
    public void Overlay_NameThatNoClusterCanSet_IsAnError(string name, string nearest)
    {
        ClusterOptions.Overlay(new GatewayOptions(), Metadata((name, "1")), Settings.Routers, out var errors);

        var error = Assert.Single(errors);
        Assert.Equal(name, error.Key);
        Assert.Contains("the nearest is " + nearest, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Keys")]
    [InlineData("Owner")]
    [InlineData("ConsecutiveFailuresHealthPolicy.Threshold")]
    [InlineData("Admin.Url")]
    public void Overlay_NamesOfOthers_AreLeftAlone(string name)
    {
        var options = ClusterOptions.Overlay(new GatewayOptions(), Metadata((name, "x")), Settings.Routers, out var errors);

        Assert.Empty(errors);
        Assert.Equivalent(new GatewayOptions(), options);
    }

    [Fact]
    public void Overlay_OfAnInvalidGateway_ReportsOnlyTheOverrides()
    {
        ClusterOptions.Overlay(new GatewayOptions { Router = "nobody" }, Metadata(("Hubs", "/chat,news")), Settings.Routers, out var errors);

        Assert.Equal("Hubs.1", Assert.Single(errors).Key);
    }

    [Fact]
    public void Overlay_RouterOfCode_IsKnown()
    {
        ClusterOptions.Overlay(new GatewayOptions(), Metadata(("Router", "mine")), Settings.RoutersWithMine, out var errors);

        Assert.Empty(errors);
    }

    private static Dictionary<string, string> Metadata(params (string Name, string Value)[] entries) =>
        entries.ToDictionary(e => e.Name, e => e.Value, StringComparer.OrdinalIgnoreCase);
}
