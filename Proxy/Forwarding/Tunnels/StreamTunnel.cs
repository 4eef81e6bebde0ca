using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Proxy.Connections;
using Proxy.Nodes;

namespace Proxy.Forwarding.Tunnels;

/// <summary>Carries an open WebSocket between two streams; holds no buffer while nothing passes.</summary>
/// <remarks>
/// Each direction has one loop that waits with a zero-byte read. To move a connection the gateway puts SignalR's Close message and a close frame
/// into the direction to the client, between two messages; the client's own close frame then ends the node's side as usual.
/// </remarks>
internal sealed class StreamTunnel : IClosable, IDisposable
{
    private const int BufferBytes = 16 * 1024;

    /// <summary>Status 1001, "going away": an endpoint goes down (RFC 6455 7.4.1). 1012 would say it better, but .NET's client does not accept it.</summary>
    private static readonly byte[] GoingAway = [0x88, 2, 0x03, 0xE9];

    /// <summary>How long a client may take to answer the close frame.</summary>
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(5);

    /// <summary>How long a node may take to answer the client's close frame.</summary>
    private static readonly TimeSpan NodeCloseTimeout = TimeSpan.FromSeconds(1);

    /// <summary>How long a close waits for the end of the message that is passing; a client that does not read would never let it come.</summary>
    private static readonly TimeSpan BoundaryTimeout = TimeSpan.FromSeconds(30);

    private readonly Stream _client;
    private readonly Stream _node;
    private readonly TimeProvider _time;
    private readonly NodeState _state;
    private readonly Connection? _connection;
    private readonly CancellationTokenSource _ended = new();
    private readonly SemaphoreSlim _writingToClient = new(1, 1);
    private readonly bool _maySniff;
    private FrameTracker _fromClient = new();
    private FrameTracker _fromNode = new();
    private HubProtocolSniffer _sniffer;
    private long _lastActivity;
    private long _bytesFromClient;
    private long _bytesToClient;
    private volatile bool _closeRequested;
    private volatile bool _closed;
    private int _end = -1;

    /// <param name="client">The upgraded stream of the client.</param>
    /// <param name="node">The upgraded stream of the node.</param>
    /// <param name="hasExtensions">An extension such as compression was agreed on: payloads cannot be read.</param>
    /// <param name="state">The node, which is told that it was heard of.</param>
    /// <param name="connection">Counts the bytes, or <see langword="null"/>.</param>
    /// <param name="time">The clock.</param>
    public StreamTunnel(Stream client, Stream node, bool hasExtensions, NodeState state, Connection? connection, TimeProvider time)
    {
        _client = client;
        _node = node;
        _maySniff = !hasExtensions;
        _state = state;
        _connection = connection;
        _time = time;
        _lastActivity = time.GetTimestamp();
    }

    /// <summary>Time since anything has passed.</summary>
    public TimeSpan Idle => _time.GetElapsedTime(Volatile.Read(ref _lastActivity));

    /// <summary>The node has sent a close frame, as one does that ends a connection on purpose.</summary>
    public bool HasNodeClosed => _fromNode.IsClosed;

    /// <summary>Whole messages from the client, and to it.</summary>
    public (long FromClient, long ToClient) Messages => (_fromClient.Messages, _fromNode.Messages);

    /// <summary>Bytes from the client, and to it; frames' headers included. Counted before they are passed on, as messages are: whoever has received them finds them counted.</summary>
    public (long FromClient, long ToClient) Bytes => (Interlocked.Read(ref _bytesFromClient), Interlocked.Read(ref _bytesToClient));

    /// <summary>Carries bytes until either side ends.</summary>
    public async Task<TunnelEnd> RunAsync()
    {
        var up = PumpUpAsync();
        var down = PumpDownAsync();
        await Task.WhenAny(up, down);
        await _ended.CancelAsync(); // the other loop ends with its pending read
        await Task.WhenAll(up, down);
        return (TunnelEnd)_end;
    }

    /// <summary>Ends the tunnel without a word.</summary>
    public void Abort(TunnelEnd reason)
    {
        Interlocked.CompareExchange(ref _end, (int)reason, -1);
        try
        {
            _ended.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It ended at the same moment.
        }
    }

    public void RequestClose()
    {
        if (_closeRequested)
        {
            return;
        }

        _closeRequested = true;
        _ = CloseWhenIdleAsync();
        _ = EndAfterAsync(BoundaryTimeout);
    }

    public void Dispose()
    {
        _ended.Dispose();
        _writingToClient.Dispose();
    }

    // Between two messages nothing would pass by to carry the close; otherwise the loop puts it in at the next boundary.
    private async Task CloseWhenIdleAsync()
    {
        try
        {
            await _writingToClient.WaitAsync(_ended.Token);
            try
            {
                if (_fromNode.IsAtBoundary)
                {
                    await WriteCloseAsync();
                }
            }
            finally
            {
                _writingToClient.Release();
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The connection ended by itself, which is what was wanted.
        }
    }

    private async Task WriteCloseAsync()
    {
        if (_closed || _fromNode.IsClosed)
        {
            return; // the node has closed by itself: nothing may follow its close frame
        }

        _closed = true;
        Interlocked.CompareExchange(ref _end, (int)TunnelEnd.Moved, -1);
        byte[] frames = _maySniff ? [.. _sniffer.CloseFrame, .. GoingAway] : GoingAway;
        await _client.WriteAsync(frames, _ended.Token);
        _ = EndAfterAsync(CloseTimeout);
    }

    private async Task EndAfterAsync(TimeSpan limit)
    {
        try
        {
            await Task.Delay(limit, _time, _ended.Token);
            Abort(TunnelEnd.Moved);
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // The client answered in time.
        }
    }

    private async Task PumpUpAsync()
    {
        var reason = TunnelEnd.Client;
        try
        {
            while (true)
            {
                reason = TunnelEnd.ClientError;
                await WaitForDataAsync(_client);
                var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
                try
                {
                    var read = await _client.ReadAsync(buffer, _ended.Token);
                    if (read == 0)
                    {
                        reason = TunnelEnd.Client;
                        return;
                    }

                    Passed();
                    Follow(buffer.AsSpan(0, read));
                    reason = TunnelEnd.NodeError;
                    Interlocked.Add(ref _bytesFromClient, read);
                    _connection?.AddBytes(read, 0);
                    await _node.WriteAsync(buffer.AsMemory(0, read), _ended.Token);
                    await _node.FlushAsync(_ended.Token);
                    if (_closed && _fromClient.IsClosed)
                    {
                        _ = EndAfterAsync(NodeCloseTimeout); // the client has answered; a node that hangs must not keep it waiting
                    }
                }
                finally
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                }
            }
        }
        catch (Exception e) when (IsEnd(e))
        {
            // The reason says which side.
        }
        finally
        {
            Interlocked.CompareExchange(ref _end, (int)reason, -1);
        }
    }

    private async Task PumpDownAsync()
    {
        var reason = TunnelEnd.Node;
        try
        {
            while (true)
            {
                reason = TunnelEnd.NodeError;
                await WaitForDataAsync(_node);
                var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
                try
                {
                    var read = await _node.ReadAsync(buffer, _ended.Token);
                    if (read == 0)
                    {
                        reason = TunnelEnd.Node;
                        if (_closed)
                        {
                            await WaitForClientAsync();
                        }

                        return;
                    }

                    Passed();
                    _state.Heard();
                    reason = TunnelEnd.ClientError;
                    await WriteToClientAsync(buffer.AsMemory(0, read));
                }
                finally
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                }
            }
        }
        catch (Exception e) when (IsEnd(e))
        {
            // The reason says which side.
        }
        finally
        {
            Interlocked.CompareExchange(ref _end, (int)reason, -1);
        }
    }

    // The node has answered the close that the client sent on; the client's TCP end follows.
    private async Task WaitForClientAsync()
    {
        try
        {
            await Task.Delay(CloseTimeout, _time, _ended.Token);
        }
        catch (OperationCanceledException)
        {
            // It has.
        }
    }

    private async Task WriteToClientAsync(ReadOnlyMemory<byte> bytes)
    {
        await _writingToClient.WaitAsync(_ended.Token);
        try
        {
            while (!bytes.IsEmpty && !_closed)
            {
                // Frames are followed, not cut: a read goes out whole, unless a close is waiting for the next boundary.
                var length = 0;
                do
                {
                    length += FollowDown(bytes.Span[length..]);
                }
                while (length < bytes.Length && !(_closeRequested && _fromNode.IsAtBoundary));

                Interlocked.Add(ref _bytesToClient, length);
                _connection?.AddBytes(0, length);
                await _client.WriteAsync(bytes[..length], _ended.Token);
                bytes = bytes[length..];
                if (_closeRequested && _fromNode.IsAtBoundary)
                {
                    await WriteCloseAsync();
                }
            }
        }
        finally
        {
            _writingToClient.Release();
        }
    }

    private int FollowDown(ReadOnlySpan<byte> bytes)
    {
        var consumed = _fromNode.Read(bytes, out var payload);
        if (_maySniff)
        {
            _sniffer.FromNode(payload);
        }

        return consumed;
    }

    private void Follow(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var consumed = _fromClient.Read(bytes, out var payload);
            if (_maySniff)
            {
                _sniffer.FromClient(payload, _fromClient.Mask, _fromClient.PayloadOffset);
            }

            bytes = bytes[consumed..];
        }
    }

    [SuppressMessage("Reliability", "CA2022", Justification = "A zero-byte read waits for data and takes none.")]
    private async ValueTask WaitForDataAsync(Stream stream) => _ = await stream.ReadAsync(Memory<byte>.Empty, _ended.Token);

    private void Passed() => Volatile.Write(ref _lastActivity, _time.GetTimestamp());

    private static bool IsEnd(Exception e) => e is OperationCanceledException or IOException or ObjectDisposedException or InvalidOperationException;
}
