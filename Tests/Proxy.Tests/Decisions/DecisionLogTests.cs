using Microsoft.Extensions.Logging.Abstractions;
using Proxy.Configuration;
using Proxy.Decisions;
using Proxy.Outcomes;
using Proxy.Requests;
using Proxy.Requests.Protocols;
using Proxy.Tests.Configuration;
using Tests.Common;
using Xunit;

namespace Proxy.Tests.Decisions;

public sealed class DecisionLogTests
{
    [Fact]
    public void Add_MoreThanFit_KeepsTheNewest()
    {
        using var log = Create("Gateway:Diagnostics:TraceSize=3", out _, out _);
        for (var i = 0; i < 8; i++)
        {
            log.Add(Record());
        }

        Assert.Equal([8, 7, 6], log.Newest(10).Select(record => record.Number));
        Assert.Equal([8], log.Newest(1).Select(record => record.Number));
        Assert.Equal(8, log.Recorded);
    }

    [Theory]
    [InlineData(2, new long[] { 5, 4 })]
    [InlineData(0, new long[0])]
    [InlineData(100, new long[] { 5, 4, 3 })]
    public void Resize_WhileRunning_KeepsWhatFits(int size, long[] kept)
    {
        using var log = Create("Gateway:Diagnostics:TraceSize=3", out var configuration, out var live);
        for (var i = 0; i < 5; i++)
        {
            log.Add(Record());
        }

        configuration["Gateway:Diagnostics:TraceSize"] = $"{size}";
        live.Reload();

        Assert.Equal(kept, log.Newest(10).Select(record => record.Number));
        Assert.Equal((size, size > 0), (log.Capacity, log.IsOn));
        log.Add(Record());
        Assert.Equal(size == 0 ? [] : [6L], log.Newest(1).Select(record => record.Number));
    }

    [Fact]
    public void Listener_TooSlow_LosesTheOldestAndKnowsHowMany()
    {
        using var log = Create("Gateway:Diagnostics:TraceSize=0", out _, out _);
        Assert.False(log.IsOn);
        using (var listener = log.Listen()!)
        {
            Assert.True(log.IsOn);
            for (var i = 0; i < 300; i++)
            {
                log.Add(Record());
            }

            Assert.Equal((44, 0), (listener.TakeDropped(), listener.TakeDropped()));
            Assert.True(listener.Reader.TryRead(out var oldest));
            Assert.Equal(45, oldest.Number);
        }

        Assert.False(log.IsOn);
    }

    [Fact]
    public void Listen_TooMany_IsRefused()
    {
        using var log = Create("Gateway:Diagnostics:TraceSize=0", out _, out _);
        var listeners = Enumerable.Range(0, DecisionLog.MaxListeners).Select(_ => log.Listen()).ToList();

        Assert.Null(log.Listen());
        listeners[0]!.Dispose();
        Assert.NotNull(log.Listen());
    }

    private static DecisionLog Create(string setting, out Microsoft.Extensions.Configuration.IConfigurationRoot configuration, out LiveConfiguration live)
    {
        configuration = Settings.WithNode(setting);
        live = new LiveConfiguration(configuration, Settings.Routers, new ManualTimeProvider(), NullLogger<LiveConfiguration>.Instance);
        return new DecisionLog(live);
    }

    private static DecisionRecord Record() => new()
    {
        Time = default,
        Kind = RequestKind.Other,
        Protocol = SignalRProtocol.Instance,
        Transport = Transport.Unknown,
        Cluster = "gateway",
        Path = "/",
        Outcome = RoutingOutcome.Router,
        Status = 200,
        Attempt = 1,
        Duration = default,
    };
}
