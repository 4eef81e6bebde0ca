using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Proxy.Connections;
using Proxy.Decisions;
using Proxy.Nodes;

namespace Proxy.Forwarding.Tunnels;

/// <summary>Carries an open WebSocket between two streams; holds no buffer while nothing passes.</summary>
/// <remarks>
/// Each direction has one loop that waits with a zero-byte read. Where one of them ends, the other is ended, too. A node of HTTP/2 has a moment for its own end
/// before that.
/// <para>What waits for each message takes its state machine from a pool.</para>
/// </remarks>
internal sealed class StreamTunnel : Tunnel, IDisposable
{
    private const int BufferBytes = 16 * 1024;

    private readonly Stream _clientStream;
    private readonly Stream _nodeStream;
    private readonly bool _isNodeHttp2;
    private readonly CancellationTokenSource _ended = new();
    private readonly SemaphoreSlim _writingToClient = new(1, 1);

    /// <param name="clientStream">The upgraded stream of the client.</param>
    /// <param name="nodeStream">The upgraded stream of the node.</param>
    /// <param name="isNodeHttp2">It is a stream of an HTTP/2 connection.</param>
    /// <param name="hasExtensions">An extension such as compression was agreed on: payloads cannot be read.</param>
    /// <param name="node">The node.</param>
    /// <param name="connection">The connection that is carried, or <see langword="null"/>.</param>
    /// <param name="time">The clock.</param>
    public StreamTunnel(
        Stream clientStream, Stream nodeStream, bool isNodeHttp2, bool hasExtensions, NodeState node, Connection? connection, TimeProvider time)
        : base(hasExtensions, node, connection, time)
    {
        _clientStream = clientStream;
        _nodeStream = nodeStream;
        _isNodeHttp2 = isNodeHttp2;
    }

    /// <summary>Carries bytes until either side ends, or is ended; why is then known.</summary>
    public async Task RunAsync()
    {
        var toNode = CopyToNodeAsync();
        var toClient = CopyToClientAsync();
        await Task.WhenAny(toNode, toClient);
        await _ended.CancelAsync(); // the other loop ends with its pending read
        await Task.WhenAll(toNode, toClient);
        Unlimit();
    }

    public override void Abort(TunnelEnd reason)
    {
        SetEnd(reason);
        _ended.CancelUnlessDisposed();
    }

    public void Dispose()
    {
        _ended.Dispose();
        _writingToClient.Dispose();
    }

    protected override void CloseBetweenMessages() => _ = SendCloseAsync();

    private async Task SendCloseAsync()
    {
        try
        {
            await _writingToClient.WaitAsync(_ended.Token);
            try
            {
                if (TakeCloseFrames() is { } frames)
                {
                    await _clientStream.WriteAsync(frames, _ended.Token);
                }
            }
            finally
            {
                _writingToClient.Release();
            }
        }
        catch (Exception e) when (IsEnd(e))
        {
            Unlimit(); // the connection has ended by itself, which is what was wanted
        }
    }

    private async Task CopyToNodeAsync()
    {
        var reason = TunnelEnd.ClientError;
        var flushed = Task.CompletedTask; // HttpClient's HTTP/2 has queued it when the call returns: to wait at once would only cost a change of threads
        try
        {
            while (true)
            {
                reason = TunnelEnd.ClientError;
                await WaitForDataAsync(_clientStream);
                var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
                try
                {
                    var read = await _clientStream.ReadAsync(buffer, _ended.Token);
                    if (read == 0)
                    {
                        reason = TunnelEnd.Client;
                        SetEnd(reason);
                        await flushed;
                        await WaitForNodeAsync();
                        return;
                    }

                    ReadFromClient(buffer.AsSpan(0, read));
                    reason = TunnelEnd.NodeError;
                    await flushed;
                    await _nodeStream.WriteAsync(buffer.AsMemory(0, read), _ended.Token);
                    flushed = _nodeStream.FlushAsync(_ended.Token);
                }
                finally
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                }
            }
        }
        catch (Exception e) when (IsEnd(e))
        {
            // The reason says which side has failed.
        }
        finally
        {
            SetEnd(reason);
        }
    }

    private async Task CopyToClientAsync()
    {
        var reason = TunnelEnd.NodeError;
        try
        {
            while (true)
            {
                reason = TunnelEnd.NodeError;
                await WaitForDataAsync(_nodeStream);
                var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
                try
                {
                    var read = await _nodeStream.ReadAsync(buffer, _ended.Token);
                    if (read == 0)
                    {
                        reason = TunnelEnd.Node;
                        if (HasSentClose)
                        {
                            await WaitForClientAsync();
                        }

                        return;
                    }

                    RecordNodeActivity();
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
            // The reason says which side has failed.
        }
        finally
        {
            SetEnd(reason);
        }
    }

    // The node has answered the close frame that the client sent; the end of the client's connection follows, or the tunnel's limit.
    private Task WaitForClientAsync() => Task.Delay(Timeout.InfiniteTimeSpan, Time, _ended.Token);

    // HttpClient ends a stream of HTTP/2 with a reset behind it. For a reset Kestrel drops what the node's application has not read yet.
    private Task WaitForNodeAsync() => _isNodeHttp2 ? Task.Delay(NodeCloseTimeout, Time, _ended.Token) : Task.CompletedTask;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WriteToClientAsync(ReadOnlyMemory<byte> bytes)
    {
        await _writingToClient.WaitAsync(_ended.Token);
        try
        {
            while (!bytes.IsEmpty && !HasSentClose)
            {
                var length = ReadFromNode(bytes.Span);
                await _clientStream.WriteAsync(bytes[..length], _ended.Token);
                bytes = bytes[length..];
                if (TakeCloseFrames() is { } frames)
                {
                    await _clientStream.WriteAsync(frames, _ended.Token);
                }
            }
        }
        finally
        {
            _writingToClient.Release();
        }
    }

    [SuppressMessage("Reliability", "CA2022", Justification = "A zero-byte read waits for data and takes none.")]
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WaitForDataAsync(Stream stream) => _ = await stream.ReadAsync(Memory<byte>.Empty, _ended.Token);

    private static bool IsEnd(Exception e) => e is OperationCanceledException or IOException or ObjectDisposedException or InvalidOperationException;
}
