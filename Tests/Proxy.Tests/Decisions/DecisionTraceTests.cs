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

public sealed class DecisionTraceTests
{
    [Fact]
    public void Add_MoreThanFit_KeepsTheNewest()
    {
        using var trace = Create("Gateway:Diagnostics:TraceSize=3", out _, out _);
        for (var i = 0; i < 8; i++)
        {
            trace.Add(Record());
        }

        Assert.Equal([8, 7, 6], trace.Newest(10).Select(record => record.Number));
        Assert.Equal([8], trace.Newest(1).Select(record => record.Number));
        Assert.Equal(8, trace.Recorded);
    }

    [Theory]
    [InlineData(2, new long[] { 5, 4 })]
    [InlineData(0, new long[0])]
    [InlineData(100, new long[] { 5, 4, 3 })]
    public void Resize_WhileRunning_KeepsWhatFits(int size, long[] kept)
    {
        using var trace = Create("Gateway:Diagnostics:TraceSize=3", out var configuration, out var live);
        for (var i = 0; i < 5; i++)
        {
            trace.Add(Record());
        }

        configuration["Gateway:Diagnostics:TraceSize"] = $"{size}";
        live.Reload();

        Assert.Equal(kept, trace.Newest(10).Select(record => record.Number));
        Assert.Equal((size, size > 0), (trace.Capacity, trace.IsOn));
        trace.Add(Record());
        Assert.Equal(size == 0 ? [] : [6L], trace.Newest(1).Select(record => record.Number));
    }

    [Fact]
    public void Listener_TooSlow_LosesTheOldestAndKnowsHowMany()
    {
        using var trace = Create("Gateway:Diagnostics:TraceSize=0", out _, out _);
        Assert.False(trace.IsOn);
        using (var listener = trace.Listen()!)
        {
            Assert.True(trace.IsOn);
            for (var i = 0; i < 300; i++)
            {
                trace.Add(Record());
            }

            Assert.Equal((44, 0), (listener.TakeDropped(), listener.TakeDropped()));
            Assert.True(listener.Reader.TryRead(out var oldest));
            Assert.Equal(45, oldest.Number);
        }

        Assert.False(trace.IsOn);
    }

    [Fact]
    public void Listen_TooMany_IsRefused()
    {
        using var trace = Create("Gateway:Diagnostics:TraceSize=0", out _, out _);
        var listeners = Enumerable.Range(0, DecisionTrace.MostListeners).Select(_ => trace.Listen()).ToList();

        Assert.Null(trace.Listen());
        listeners[0]!.Dispose();
        Assert.NotNull(trace.Listen());
    }

    private static DecisionTrace Create(string setting, out Microsoft.Extensions.Configuration.IConfigurationRoot configuration, out LiveConfiguration live)
    {
        configuration = Settings.WithNode(setting);
        live = new LiveConfiguration(configuration, Settings.Routers, new ManualTimeProvider(), NullLogger<LiveConfiguration>.Instance);
        return new DecisionTrace(live);
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
