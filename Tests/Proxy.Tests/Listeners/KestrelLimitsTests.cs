using Microsoft.AspNetCore.Server.Kestrel.Core;
using Proxy.Configuration;
using Proxy.Listeners;
using Xunit;

namespace Proxy.Tests.Listeners;

/// <summary>What Kestrel can be told is what the section <c>Kestrel</c> can say.</summary>
public sealed class KestrelLimitsTests
{
    [Fact]
    public void Options_OfKestrel_AreAllKnown()
    {
        Assert.Equal(Names(typeof(KestrelServerOptions)), Leaves(typeof(KestrelOptions)).Where(static name => !name.Contains(':', StringComparison.Ordinal)));
        Assert.Equal(Names(typeof(KestrelServerLimits)).Concat(["MinRequestBodyDataRate:BytesPerSecond", "MinRequestBodyDataRate:GracePeriod",
            "MinResponseDataRate:BytesPerSecond", "MinResponseDataRate:GracePeriod"]).Order(StringComparer.Ordinal),
            Leaves(typeof(KestrelLimitOptions)).Where(static name => !name.StartsWith("Http", StringComparison.Ordinal)));
        Assert.Equal(Names(typeof(Http2Limits)), Leaves(typeof(Http2LimitOptions)));
        Assert.Equal(Names(typeof(Http3Limits)), Leaves(typeof(Http3LimitOptions)));
    }

    /// <summary>Each of these is a decision that the documentation gives a reason for; all others are Kestrel's own.</summary>
    [Fact]
    public void Defaults_OfTheGateway_AreTheseAndNoOther()
    {
        var (own, kestrel) = (new KestrelServerOptions(), new KestrelServerOptions());
        KestrelLimits.ApplyAtStart(new KestrelLimitOptions(), own.Limits);
        KestrelLimits.Apply(new KestrelOptions(), own);

        Assert.Equal(
            [
                "AddServerHeader: True -> False", "KeepAlivePingDelay: 10675199.02:48:05.4775807 -> 00:00:30", "KeepAliveTimeout: 00:02:10 -> 00:10:20",
                "MaxRequestBodySize: 30000000 -> 9223372036854775807", "MaxRequestLineSize: 8192 -> 16384",
                "MinRequestBodyDataRate: Bytes per second: 240, Grace Period: 00:00:05 -> ",
                "MinResponseDataRate: Bytes per second: 240, Grace Period: 00:00:05 -> Bytes per second: 240, Grace Period: 00:01:00",
                "RequestHeadersTimeout: 00:00:30 -> 00:00:15",
            ],
            Differences(kestrel, own).Concat(Differences(kestrel.Limits, own.Limits)).Concat(Differences(kestrel.Limits.Http2, own.Limits.Http2))
                .Concat(Differences(kestrel.Limits.Http3, own.Limits.Http3)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Values_All_ReachKestrel()
    {
        var configured = new KestrelOptions();
        Change(configured);
        Change(configured.Limits);
        Change(configured.Limits.Http2);
        Change(configured.Limits.Http3);
        configured.Limits.MinRequestBodyDataRate.BytesPerSecond = 7;
        configured.Limits.MinResponseDataRate.BytesPerSecond = 8;
        var own = new KestrelServerOptions();

        KestrelLimits.ApplyAtStart(configured.Limits, own.Limits);
        KestrelLimits.Apply(configured, own);

        AreEqual(configured, own, []);
        AreEqual(configured.Limits, own.Limits, [nameof(KestrelServerLimits.MaxConcurrentUpgradedConnections)]); // the gateway counts these itself
        AreEqual(configured.Limits.Http2, own.Limits.Http2, []);
        AreEqual(configured.Limits.Http3, own.Limits.Http3, []);
        Assert.Equal((7, 8), (own.Limits.MinRequestBodyDataRate!.BytesPerSecond, own.Limits.MinResponseDataRate!.BytesPerSecond));
    }

    private static void Change(object options)
    {
        foreach (var property in OptionProperty.Of(options.GetType()).Where(static property => !property.IsSection && !property.IsMap))
        {
            property.Set(options, property.Type switch
            {
                var type when type == typeof(bool) => !(bool)property.Get(options)!,
                var type when type == typeof(int) => 70_000,
                var type when type == typeof(long) => 80_000L,
                _ => TimeSpan.FromSeconds(77),
            });
        }
    }

    private static void AreEqual(object configured, object kestrel, string[] except)
    {
        foreach (var property in OptionProperty.Of(configured.GetType())
            .Where(property => !property.IsSection && !property.IsMap && !except.Contains(property.Name)))
        {
            Assert.Equal((property.Name, property.Get(configured)), (property.Name, kestrel.GetType().GetProperty(property.Name)!.GetValue(kestrel)));
        }
    }

    private static IEnumerable<string> Differences(object left, object right) => left.GetType().GetProperties()
        .Where(static property => Is(property.PropertyType) || property.PropertyType == typeof(MinDataRate))
        .Select(property => (property.Name, Left: $"{property.GetValue(left)}", Right: $"{property.GetValue(right)}"))
        .Where(static value => value.Left != value.Right).Select(static value => $"{value.Name}: {value.Left} -> {value.Right}");

    private static IEnumerable<string> Names(Type type) => type.GetProperties()
        .Where(static property => property.SetMethod is { IsPublic: true } && Is(property.PropertyType)
            && !property.IsDefined(typeof(ObsoleteAttribute), inherit: false))
        .Select(static property => property.Name).Order(StringComparer.Ordinal);

    private static bool Is(Type type) => (Nullable.GetUnderlyingType(type) ?? type) is var value && (value.IsPrimitive || value == typeof(TimeSpan));

    private static IEnumerable<string> Leaves(Type type) => OptionProperty.Leaves(type).Select(static leaf => leaf.Path).Order(StringComparer.Ordinal);
}
