using System.Buffers;
using Microsoft.Net.Http.Headers;
using Proxy.Connections;
using Proxy.Decisions;
using Proxy.Nodes;

namespace Proxy.Forwarding;

/// <summary>Copies an event stream, each read flushed at once; it can be closed behind an event.</summary>
/// <remarks>The ends of events cannot be seen in a stream with a content coding, and it would have no end of its own: such a stream is broken off.</remarks>
internal sealed class EventStreamRelay(TimeProvider time, TimeSpan idleLimit, NodeState node, Connection? connection, bool isCoded = false)
    : ClosableTransfer(time), IDisposable
{
    private const int BufferBytes = 8 * 1024;

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private volatile bool _isReading;
    private volatile bool _isAtBoundary = true;
    private uint _tail; // the last four bytes

    /// <summary>Bytes that have been copied; counted before they are passed on, as in tunnels.</summary>
    public long Bytes { get; private set; }

    /// <summary>Whether an answer is an event stream. Its type is read as it came: parsing it would cost every answer a few objects.</summary>
    public static bool IsEventStream(HttpResponseMessage answer)
    {
        const string eventStream = "text/event-stream";
        return answer.Content.Headers.NonValidated.TryGetValues(HeaderNames.ContentType, out var values)
            && values.ToString() is var type
            && type.StartsWith(eventStream, StringComparison.OrdinalIgnoreCase)
            && type.AsSpan(eventStream.Length).TrimStart() is [] or [';', ..];
    }

    /// <summary>Copies until the stream ends, breaks, falls silent for too long, or is closed.</summary>
    /// <returns>Whether it ended properly; if not, the client's connection has to be aborted.</returns>
    public async Task<bool> RunAsync(Stream source, Stream destination, CancellationToken clientGone)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, clientGone);
        using var idle = Time.CreateTimer(static relay => ((EventStreamRelay)relay!).Abort(TunnelEnd.Idle), this, idleLimit, Timeout.InfiniteTimeSpan);
        try
        {
            while (TryBeginReading())
            {
                _ = await source.ReadAsync(Memory<byte>.Empty, linked.Token);
                _isReading = false;
                var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
                try
                {
                    var read = await source.ReadAsync(buffer, linked.Token);
                    if (read == 0)
                    {
                        SetEnd(TunnelEnd.Node);
                        return true;
                    }

                    node.RecordActivity();
                    idle.Change(idleLimit, Timeout.InfiniteTimeSpan);
                    Bytes += read;
                    connection?.AddBytes(0, read);
                    _isAtBoundary = false;
                    await destination.WriteAsync(buffer.AsMemory(0, read), linked.Token);
                    await destination.FlushAsync(linked.Token);
                    _isAtBoundary = !isCoded && EndsEvent(buffer.AsSpan(0, read));
                }
                finally
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                }
            }

            SetEnd(TunnelEnd.Moved);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or HttpRequestException)
        {
            SetEnd(clientGone.IsCancellationRequested ? TunnelEnd.Client : TunnelEnd.NodeError);
        }
        finally
        {
            Unlimit();
        }

        return End is TunnelEnd.Moved && _isAtBoundary;
    }

    public override void Abort(TunnelEnd reason)
    {
        SetEnd(reason);
        _stop.CancelUnlessDisposed();
    }

    public void Dispose() => _stop.Dispose();

    protected override void CloseBetweenMessages()
    {
        lock (_gate)
        {
            if (!isCoded && (!_isReading || !_isAtBoundary))
            {
                return;
            }
        }

        Abort(TunnelEnd.Moved);
    }

    // Between two events is where a close can come in; it must not slip through between the question and the wait.
    private bool TryBeginReading()
    {
        lock (_gate)
        {
            return _isReading = !(IsCloseRequested && _isAtBoundary);
        }
    }

    // An empty line ends an event, in any of the three line endings; it may be spread over several reads.
    private bool EndsEvent(ReadOnlySpan<byte> bytes)
    {
        foreach (var octet in bytes[^Math.Min(bytes.Length, 4)..])
        {
            _tail = (_tail << 8) | octet;
        }

        return (_tail & 0xFFFF) is 0x0A0A or 0x0D0D || _tail == 0x0D0A0D0A;
    }
}
