using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Proxy.Connections;
using Proxy.Decisions;
using Proxy.Nodes;

namespace Proxy.Forwarding.Tunnels;

/// <summary>Carries an open WebSocket between two streams; holds no buffer while nothing passes.</summary>
/// <remarks>
/// Each direction has one loop that waits with a zero-byte read. To move a connection the gateway puts SignalR's Close message and a close frame
/// into the direction to the client, between two messages; the client's own close frame then ends the node's side as usual.
/// </remarks>
internal sealed class StreamTunnel : Tunnel, IDisposable
{
    private const int BufferBytes = 16 * 1024;

    private readonly Stream _client;
    private readonly Stream _node;
    private readonly CancellationTokenSource _ended = new();
    private readonly SemaphoreSlim _writingToClient = new(1, 1);
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
        : base(hasExtensions, state, connection, time)
    {
        _client = client;
        _node = node;
    }

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

    public override void Abort(TunnelEnd reason)
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

    public override void RequestClose()
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
                if (IsAtBoundary)
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
        if (_closed || HasNodeClosed)
        {
            return; // the node has closed by itself: nothing may follow its close frame
        }

        _closed = true;
        Interlocked.CompareExchange(ref _end, (int)TunnelEnd.Moved, -1);
        await _client.WriteAsync(CloseFrames(), _ended.Token);
        _ = EndAfterAsync(CloseTimeout);
    }

    private async Task EndAfterAsync(TimeSpan limit)
    {
        try
        {
            await Task.Delay(limit, Time, _ended.Token);
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

                    FollowUp(buffer.AsSpan(0, read));
                    reason = TunnelEnd.NodeError;
                    await _node.WriteAsync(buffer.AsMemory(0, read), _ended.Token);
                    await _node.FlushAsync(_ended.Token);
                    if (_closed && HasClientClosed)
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

                    HeardNode();
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
            await Task.Delay(CloseTimeout, Time, _ended.Token);
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
                var length = FollowDown(bytes.Span, _closeRequested);
                await _client.WriteAsync(bytes[..length], _ended.Token);
                bytes = bytes[length..];
                if (_closeRequested && IsAtBoundary)
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

    [SuppressMessage("Reliability", "CA2022", Justification = "A zero-byte read waits for data and takes none.")]
    private async ValueTask WaitForDataAsync(Stream stream) => _ = await stream.ReadAsync(Memory<byte>.Empty, _ended.Token);

    private static bool IsEnd(Exception e) => e is OperationCanceledException or IOException or ObjectDisposedException or InvalidOperationException;
}
