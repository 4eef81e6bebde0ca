using System.Buffers;
using System.IO.Pipelines;
using Proxy.Decisions;
using Proxy.Forwarding.Tunnels;
using Proxy.Nodes;
using Tests.Common;
using Xunit;

namespace Proxy.Tests.Forwarding.Tunnels;

/// <summary>When a tunnel may be closed, and how long each side has for it: rules of <see cref="Tunnel"/>, seen through the tunnel that needs no
/// sockets.</summary>
public sealed class StreamTunnelTests : IDisposable
{
    private static readonly byte[] GoingAway = [0x88, 2, 0x03, 0xE9];
    private static readonly byte[] ClientClose = [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xE9];
    private static readonly byte[] Message = [0x82, 3, 1, 2, 3];

    private readonly ManualTimeProvider _time = new();
    private readonly DuplexPipe _client = new();
    private readonly DuplexPipe _node = new();
    private readonly StreamTunnel _tunnel;
    private readonly Task<TunnelEnd?> _running;

    public StreamTunnelTests()
    {
        _tunnel = Create(isNodeHttp2: false);
        _running = RunAsync(_tunnel);
    }

    [Fact]
    public async Task Close_BetweenTwoMessages_SendsACloseFrameAtOnce()
    {
        await PassToClientAsync(Message);

        _tunnel.RequestClose();

        Assert.Equal(GoingAway, await _client.ReceiveAsync(GoingAway.Length));
        Assert.False(_running.IsCompleted);
    }

    [Fact]
    public async Task Close_InTheMiddleOfAMessage_WaitsForItsEndAndDropsWhatFollows()
    {
        await PassToClientAsync(Message[..3]);
        _tunnel.RequestClose();

        await _node.SendAsync([.. Message[3..], .. Message]);

        byte[] expected = [.. Message[3..], .. GoingAway];
        Assert.Equal(expected, await _client.ReceiveAsync(expected.Length));
        await _client.EndAsync();
        await Eventually.CompletesAsync(_running);
        Assert.Empty(_client.Rest());
    }

    [Fact]
    public async Task Close_WhoseMessageNeverEnds_CutsAfter30Seconds()
    {
        await PassToClientAsync(Message[..3]);
        _tunnel.RequestClose();
        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.Null(_tunnel.End);

        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(TunnelEnd.Moved, await Eventually.CompletesAsync(_running));
    }

    [Fact]
    public async Task Close_ThatTheClientDoesNotAnswer_CutsAfter5Seconds()
    {
        _tunnel.RequestClose();
        await _client.ReceiveAsync(GoingAway.Length);
        _time.Advance(TimeSpan.FromSeconds(4));
        await _client.SendAsync(Message); // it is carried still
        await _node.ReceiveAsync(Message.Length);

        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(TunnelEnd.Moved, await Eventually.CompletesAsync(_running));
        Assert.Equal(0, _time.ActiveTimers);
    }

    [Fact]
    public async Task Close_ThatTheNodeDoesNotAnswer_CutsOneSecondAfterTheClientsAnswer()
    {
        _tunnel.RequestClose();
        await _client.ReceiveAsync(GoingAway.Length);

        await _client.SendAsync(ClientClose);
        Assert.Equal(ClientClose, await _node.ReceiveAsync(ClientClose.Length));
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(TunnelEnd.Moved, await Eventually.CompletesAsync(_running));
    }

    [Fact]
    public async Task Close_OfAClientThatAnswersAndLeaves_EndsAsMoved()
    {
        _tunnel.RequestClose();
        await _client.ReceiveAsync(GoingAway.Length);
        await _client.SendAsync(ClientClose);
        await _node.ReceiveAsync(ClientClose.Length);
        await _node.EndAsync();
        await _client.EndAsync();

        Assert.Equal(TunnelEnd.Moved, await Eventually.CompletesAsync(_running));
    }

    [Fact]
    public async Task Close_BehindTheNodesOwnCloseFrame_SendsNothing()
    {
        await PassToClientAsync(GoingAway);

        _tunnel.RequestClose();
        await _client.EndAsync();

        await Eventually.CompletesAsync(_running);
        Assert.Empty(_client.Rest());
        Assert.Equal(TunnelEnd.Client, _tunnel.End);
    }

    [Fact]
    public async Task Close_AfterTheEnd_LeavesNoTimer()
    {
        await _node.EndAsync();
        await Eventually.CompletesAsync(_running);

        _tunnel.RequestClose();

        Assert.Equal((TunnelEnd.Node, 0), (_tunnel.End, _time.ActiveTimers));
    }

    [Fact]
    public async Task Abort_OfSeveralReasons_TheFirstCounts()
    {
        _tunnel.Abort(TunnelEnd.Idle);
        _tunnel.Abort(TunnelEnd.Moved);

        Assert.Equal(TunnelEnd.Idle, await Eventually.CompletesAsync(_running));
    }

    /// <summary>The end of an HTTP/2 node's stream is a reset, which must not overtake the client's last words in the node.</summary>
    [Fact]
    public async Task End_OfTheClient_LeavesAnHttp2NodeASecond()
    {
        var (client, node) = (new DuplexPipe(), new DuplexPipe());
        using var tunnel = Create(isNodeHttp2: true, client, node);
        var running = RunAsync(tunnel);
        await client.SendAsync(Message);
        await client.EndAsync();
        await Eventually.HoldsAsync(() => tunnel.End is TunnelEnd.Client);
        await node.SendAsync(Message); // it is still heard
        Assert.Equal(Message, await client.ReceiveAsync(Message.Length));
        Assert.False(running.IsCompleted);

        await Eventually.HoldsAsync(() => _time.ActiveTimers > 0);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(TunnelEnd.Client, await Eventually.CompletesAsync(running));
        Assert.Equal(0, _time.ActiveTimers);
    }

    [Fact]
    public async Task End_OfTheClientAndThenOfAnHttp2Node_IsTheEnd()
    {
        var (client, node) = (new DuplexPipe(), new DuplexPipe());
        using var tunnel = Create(isNodeHttp2: true, client, node);
        var running = RunAsync(tunnel);
        await client.EndAsync();
        await Eventually.HoldsAsync(() => tunnel.End is TunnelEnd.Client);

        await node.EndAsync();

        Assert.Equal(TunnelEnd.Client, await Eventually.CompletesAsync(running));
        Assert.Equal(0, _time.ActiveTimers);
    }

    public void Dispose() => _tunnel.Dispose();

    private StreamTunnel Create(bool isNodeHttp2, DuplexPipe? client = null, DuplexPipe? node = null) => new(
        (client ?? _client).Stream, (node ?? _node).Stream, isNodeHttp2, hasExtensions: false, new NodeState("hubs", "a", _time), connection: null, _time);

    private static async Task<TunnelEnd?> RunAsync(StreamTunnel tunnel)
    {
        await tunnel.RunAsync();
        return tunnel.End;
    }

    private async Task PassToClientAsync(byte[] bytes)
    {
        await _node.SendAsync(bytes);
        Assert.Equal(bytes, await _client.ReceiveAsync(bytes.Length));
    }

    /// <summary>A connection whose other end the test holds.</summary>
    private sealed class DuplexPipe
    {
        private readonly Pipe _toTunnel = new();
        private readonly Pipe _fromTunnel = new();

        public DuplexPipe()
        {
            Stream = new JoinedStream(_toTunnel.Reader.AsStream(), _fromTunnel.Writer.AsStream());
        }

        public Stream Stream { get; }

        public async Task SendAsync(byte[] bytes) => await _toTunnel.Writer.WriteAsync(bytes, TestContext.Current.CancellationToken);

        public async Task EndAsync() => await _toTunnel.Writer.CompleteAsync();

        public async Task<byte[]> ReceiveAsync(int count)
        {
            var read = await _fromTunnel.Reader.ReadAtLeastAsync(count, TestContext.Current.CancellationToken);
            var bytes = read.Buffer.Slice(0, count).ToArray();
            _fromTunnel.Reader.AdvanceTo(read.Buffer.GetPosition(count));
            return bytes;
        }

        public byte[] Rest() => _fromTunnel.Reader.TryRead(out var read) ? read.Buffer.ToArray() : [];
    }

    private sealed class JoinedStream(Stream input, Stream output) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            input.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            output.WriteAsync(buffer, cancellationToken);

        public override Task FlushAsync(CancellationToken cancellationToken) => output.FlushAsync(cancellationToken);

        public override void Flush() => output.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
