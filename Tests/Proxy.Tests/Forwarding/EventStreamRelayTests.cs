using System.IO.Pipelines;
using System.Text;
using Proxy.Decisions;
using Proxy.Forwarding;
using Proxy.Nodes;
using Tests.Common;
using Xunit;

namespace Proxy.Tests.Forwarding;

public sealed class EventStreamRelayTests : IDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly Pipe _fromNode = new();
    private readonly Pipe _toClient = new();
    private readonly CancellationTokenSource _clientGone = new();
    private readonly EventStreamRelay _relay;
    private readonly Task<bool> _running;

    public EventStreamRelayTests()
    {
        _relay = new EventStreamRelay(_time, TimeSpan.FromMinutes(2), new NodeState("hubs", "a", _time), connection: null);
        _running = _relay.RunAsync(_fromNode.Reader.AsStream(), _toClient.Writer.AsStream(), _clientGone.Token);
    }

    [Fact]
    public async Task Close_BetweenTwoEvents_EndsTheStreamProperly()
    {
        await SendAsync("data: 1\n\n");

        _relay.RequestClose();

        Assert.True(await Eventually.CompletesAsync(_running));
        Assert.Equal(TunnelEnd.Moved, _relay.End);
        Assert.Equal(0, _time.ActiveTimers);
    }

    [Theory]
    [InlineData("\n\n")]
    [InlineData("\r\r")]
    [InlineData("\r\n\r\n")]
    public async Task Close_InTheMiddleOfAnEvent_WaitsForItsEnd(string end)
    {
        await SendAsync("data: 1" + end[..^1]);
        _relay.RequestClose();
        Assert.Null(_relay.End);

        await SendAsync(end[^1..]);

        Assert.True(await Eventually.CompletesAsync(_running));
        Assert.Equal((TunnelEnd.Moved, "data: 1".Length + end.Length), (_relay.End, (int)_relay.Bytes));
    }

    [Fact]
    public async Task Close_WhoseEventNeverEnds_CutsTheStreamAfter30Seconds()
    {
        await SendAsync("data: 1");
        _relay.RequestClose();
        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.Null(_relay.End);

        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.False(await Eventually.CompletesAsync(_running));
        Assert.Equal(TunnelEnd.Moved, _relay.End);
    }

    [Fact]
    public async Task Close_OfACodedStream_CutsItAtOnce()
    {
        var (fromNode, toClient) = (new Pipe(), new Pipe());
        using var relay = new EventStreamRelay(_time, TimeSpan.FromMinutes(2), new NodeState("hubs", "b", _time), connection: null, isCoded: true);
        var running = relay.RunAsync(fromNode.Reader.AsStream(), toClient.Writer.AsStream(), _clientGone.Token);
        await fromNode.Writer.WriteAsync("coded\n\n"u8.ToArray(), TestContext.Current.CancellationToken); // no end of an event, though it looks like one
        await Eventually.HoldsAsync(() => relay.Bytes == 7);

        relay.RequestClose();

        Assert.False(await Eventually.CompletesAsync(running)); // it has no end of its own, and must not look complete
        Assert.Equal(TunnelEnd.Moved, relay.End);
    }

    [Fact]
    public async Task Silence_LongerThanTheLimit_EndsTheStream()
    {
        _time.Advance(TimeSpan.FromMinutes(1));
        await SendAsync("data: 1\n\n"); // the limit counts from here on
        _time.Advance(TimeSpan.FromMinutes(1.9));
        Assert.Null(_relay.End);

        _time.Advance(TimeSpan.FromMinutes(0.1));

        Assert.False(await Eventually.CompletesAsync(_running));
        Assert.Equal(TunnelEnd.Idle, _relay.End);
    }

    [Fact]
    public async Task Client_ThatLeaves_EndsTheStream()
    {
        await _clientGone.CancelAsync();

        Assert.False(await Eventually.CompletesAsync(_running));
        Assert.Equal(TunnelEnd.Client, _relay.End);
    }

    [Fact]
    public async Task Node_ThatEndsTheStream_EndsItProperly()
    {
        await _fromNode.Writer.CompleteAsync();

        Assert.True(await Eventually.CompletesAsync(_running));
        Assert.Equal(TunnelEnd.Node, _relay.End);
    }

    [Fact]
    public async Task Node_ThatBreaks_EndsItOtherwise()
    {
        await _fromNode.Writer.CompleteAsync(new IOException("reset"));

        Assert.False(await Eventually.CompletesAsync(_running));
        Assert.Equal(TunnelEnd.NodeError, _relay.End);
    }

    public void Dispose()
    {
        _relay.Dispose();
        _clientGone.Dispose();
    }

    // Returns when the client has the bytes and the relay waits for the next ones.
    private async Task SendAsync(string text)
    {
        await _fromNode.Writer.WriteAsync(Encoding.ASCII.GetBytes(text), TestContext.Current.CancellationToken);
        var read = await _toClient.Reader.ReadAtLeastAsync(text.Length, TestContext.Current.CancellationToken);
        Assert.Equal(text, Encoding.ASCII.GetString(read.Buffer));
        _toClient.Reader.AdvanceTo(read.Buffer.End);
    }
}
