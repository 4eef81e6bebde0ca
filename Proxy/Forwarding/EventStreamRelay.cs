using System.Buffers;
using Proxy.Connections;
using Proxy.Decisions;
using Proxy.Nodes;

namespace Proxy.Forwarding;

/// <summary>Copies an event stream, each read flushed at once, and can end it properly behind an event.</summary>
internal sealed class EventStreamRelay(TimeProvider time, TimeSpan idleLimit, NodeState node, Connection? connection) : IClosable, IDisposable
{
    private const int BufferBytes = 8 * 1024;

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private volatile bool _closeRequested;
    private volatile bool _isReading;
    private bool _isAtBoundary = true;
    private uint _tail; // the last four bytes

    /// <summary>Bytes that have been copied; counted before they are passed on, as in tunnels.</summary>
    public long Bytes { get; private set; }

    /// <summary>Who has ended it.</summary>
    public TunnelEnd End { get; private set; }

    /// <summary>Copies until the stream ends, breaks, falls silent for too long, or is closed.</summary>
    /// <returns>Whether it ended properly; if not, the client's connection has to be aborted.</returns>
    public async Task<bool> RunAsync(Stream source, Stream destination, CancellationToken clientGone)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, clientGone);
        using var idle = time.CreateTimer(static relay => ((EventStreamRelay)relay!).Stop(), this, idleLimit, Timeout.InfiniteTimeSpan);
        try
        {
            while (TryWait())
            {
                _ = await source.ReadAsync(Memory<byte>.Empty, linked.Token);
                _isReading = false;
                var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
                try
                {
                    var read = await source.ReadAsync(buffer, linked.Token);
                    if (read == 0)
                    {
                        End = TunnelEnd.Node;
                        return true;
                    }

                    node.RecordActivity();
                    idle.Change(idleLimit, Timeout.InfiniteTimeSpan);
                    Bytes += read;
                    connection?.AddBytes(0, read);
                    await destination.WriteAsync(buffer.AsMemory(0, read), linked.Token);
                    await destination.FlushAsync(linked.Token);
                    _isAtBoundary = EndsEvent(buffer.AsSpan(0, read));
                }
                finally
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                }
            }

            End = TunnelEnd.Moved;
            return true;
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or HttpRequestException)
        {
            End = clientGone.IsCancellationRequested ? TunnelEnd.Client
                : _closeRequested ? TunnelEnd.Moved
                : _stop.IsCancellationRequested ? TunnelEnd.Idle
                : TunnelEnd.NodeError;
            return _closeRequested && _isAtBoundary && !clientGone.IsCancellationRequested;
        }
    }

    public void RequestClose()
    {
        lock (_gate)
        {
            _closeRequested = true;
            if (!_isReading || !_isAtBoundary)
            {
                return; // the loop sees it at the next boundary
            }
        }

        Stop();
    }

    public void Dispose() => _stop.Dispose();

    // Between two events is where a close can come in; it must not slip through between the question and the wait.
    private bool TryWait()
    {
        lock (_gate)
        {
            return _isReading = !(_closeRequested && _isAtBoundary);
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

    private void Stop()
    {
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It ended at the same moment.
        }
    }
}
