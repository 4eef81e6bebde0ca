using System.Runtime.Versioning;
using Microsoft.AspNetCore.Connections;

namespace EventLoops;

/// <summary>A connected TCP socket that an <see cref="EventLoop"/> waits for, and that can be given up with its connection intact.</summary>
/// <remarks>One read and one write may be under way at a time. What follows a read or write that had to wait runs on the loop's thread.</remarks>
[SupportedOSPlatform("linux")]
public sealed unsafe class LoopSocket : IWatcher, IDisposable
{
    private readonly Lock _gate = new();
    private readonly Watch _watch;
    private readonly SocketOperation _read = new();
    private SocketOperation? _write;
    private Action? _peerEnded;
    private Readiness _wanted;
    private bool _mayHaveData;
    private bool _isClosed;

    /// <param name="loop">The loop that waits for it.</param>
    /// <param name="descriptor">Connected and non-blocking; belongs to this object from now on.</param>
    /// <param name="mayHaveData">The peer is the one that speaks first, and has mostly done so.</param>
    internal LoopSocket(EventLoop loop, int descriptor, bool mayHaveData = false)
    {
        _mayHaveData = mayHaveData;
        _watch = loop.Add(descriptor, this, tag: 0);
    }

    public EventLoop Loop => _watch.Loop;

    /// <summary>Reads what is there, or waits for it; into nothing: waits until there is something.</summary>
    /// <returns>0 at the peer's end, or when nothing was to be read.</returns>
    /// <exception cref="IOException">The connection is broken.</exception>
    /// <exception cref="ConnectionAbortedException">It was closed on this side.</exception>
    public ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return ValueTask.FromException<int>(Closed());
            }

            if (_mayHaveData && TryReceive(buffer, out var received, out var error))
            {
                return error is null ? new(received) : ValueTask.FromException<int>(error);
            }
        }

        _read.Register(static (state, token) => ((LoopSocket)state!).Cancelled(token), this, cancellationToken);
        lock (_gate)
        {
            if (_isClosed || cancellationToken.IsCancellationRequested)
            {
                _read.Forget();
                return _isClosed ? ValueTask.FromException<int>(Closed()) : ValueTask.FromCanceled<int>(cancellationToken);
            }

            _read.Begin(buffer, default);
            Want(_wanted | Readiness.Readable);
            return _read.AsValueTaskOfInt();
        }
    }

    /// <summary>Sends all of it, waiting for the peer where it does not take it.</summary>
    /// <exception cref="IOException">The connection is broken.</exception>
    /// <exception cref="ConnectionAbortedException">It was closed on this side.</exception>
    public ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        SocketOperation write;
        lock (_gate)
        {
            if (_isClosed)
            {
                return ValueTask.FromException(Closed());
            }

            if (TrySend(ref bytes, out var error))
            {
                return error is null ? default : ValueTask.FromException(error);
            }

            write = _write ??= new();
        }

        write.Register(static (state, token) => ((LoopSocket)state!).Cancelled(token), this, cancellationToken);
        lock (_gate)
        {
            if (_isClosed || cancellationToken.IsCancellationRequested)
            {
                write.Forget();
                return _isClosed ? ValueTask.FromException(Closed()) : ValueTask.FromCanceled(cancellationToken);
            }

            write.Begin(default, bytes);
            Want(_wanted | Readiness.Writable);
            return write.AsValueTask();
        }
    }

    /// <summary>Has the peer's end told once, even while nobody reads.</summary>
    internal void WatchPeer(Action peerEnded)
    {
        lock (_gate)
        {
            if (!_isClosed)
            {
                _peerEnded = peerEnded;
                Want(_wanted | Readiness.PeerEnded);
            }
        }
    }

    /// <summary>Gives up the socket, connected as it is. Reads and writes from now on find it closed.</summary>
    /// <returns>The descriptor, which the caller owns; -1 when it was closed before, or is in use.</returns>
    public int Release()
    {
        lock (_gate)
        {
            if (_isClosed || _read.IsPending || _write is { IsPending: true })
            {
                return -1;
            }

            _isClosed = true;
            _watch.Release();
            return _watch.Descriptor;
        }
    }

    /// <summary>Ends the connection in order: the peer reads what was sent, and then the end.</summary>
    public void Dispose() => Close(isAbort: false);

    /// <summary>Breaks the connection off: the peer gets a reset.</summary>
    public void Abort() => Close(isAbort: true);

    public void Ready(int tag, Readiness readiness)
    {
        var (read, received, readError) = ((SocketOperation?)null, 0, (Exception?)null);
        var (write, writeError) = ((SocketOperation?)null, (Exception?)null);
        Action? peerEnded = null;
        lock (_gate)
        {
            if (_isClosed)
            {
                return;
            }

            if (_read.IsPending && readiness is not Readiness.Writable && TryReceive(_read.Buffer, out received, out readError))
            {
                read = _read;
                read.Take();
            }
            else if (!_read.IsPending && (readiness & Readiness.Readable) is not Readiness.None)
            {
                // It came while nobody reads. Until here the wish stays: the next read mostly comes before the next byte.
                _mayHaveData = true;
                _wanted &= ~Readiness.Readable;
            }

            if (_write is { IsPending: true } && (readiness & (Readiness.Writable | Readiness.Error | Readiness.HungUp)) is not Readiness.None)
            {
                var unsent = _write.Unsent;
                if (TrySend(ref unsent, out writeError))
                {
                    write = _write;
                    write.Take();
                    _wanted &= ~Readiness.Writable;
                }
                else
                {
                    _write.Unsent = unsent;
                }
            }

            if (_peerEnded is not null && (readiness & (Readiness.PeerEnded | Readiness.Error | Readiness.HungUp)) is not Readiness.None)
            {
                (peerEnded, _peerEnded) = (_peerEnded, null);
                _wanted &= ~Readiness.PeerEnded;
            }

            // An error is told for as long as anything is wanted; with nobody left to hear it nothing may be.
            Want((readiness & (Readiness.Error | Readiness.HungUp)) is not Readiness.None && !_read.IsPending && _write is not { IsPending: true } ? Readiness.None : _wanted);
        }

        read?.Complete(received, readError);
        write?.Complete(0, writeError);
        peerEnded?.Invoke();
    }

    private void Close(bool isAbort)
    {
        SocketOperation? read = null;
        SocketOperation? write = null;
        lock (_gate)
        {
            if (_isClosed)
            {
                return;
            }

            _isClosed = true;
            _peerEnded = null;
            _watch.Release();
            Descriptors.Close(_watch.Descriptor, isAbort);
            if (_read.IsPending)
            {
                read = _read;
                read.Take();
            }

            if (_write is { IsPending: true })
            {
                write = _write;
                write.Take();
            }
        }

        read?.Complete(0, Closed());
        write?.Complete(0, Closed());
    }

    private void Cancelled(CancellationToken token)
    {
        SocketOperation? read = null;
        SocketOperation? write = null;
        lock (_gate)
        {
            if (_read.IsPending && _read.Token == token)
            {
                read = _read;
                read.Take();
            }

            if (_write is { IsPending: true } && _write.Token == token)
            {
                write = _write;
                write.Take();
            }
        }

        read?.Complete(0, new OperationCanceledException(token));
        write?.Complete(0, new OperationCanceledException(token));
    }

    private void Want(Readiness wanted)
    {
        _wanted = wanted;
        _watch.Want(wanted);
    }

    // False: nothing is there yet.
    private bool TryReceive(Memory<byte> buffer, out int received, out Exception? error)
    {
        error = null;
        received = 0;
        if (buffer.IsEmpty)
        {
            _mayHaveData = true;
            return true;
        }

        var result = Descriptors.Receive(_watch.Descriptor, buffer.Span);
        if (result is -Errno.TryAgain)
        {
            _mayHaveData = false;
            return false;
        }

        // Less than was asked for: the rest is still to come, and the loop tells when.
        _mayHaveData = result <= 0 || result == buffer.Length;
        received = Math.Max(result, 0);
        error = result < 0 ? Errno.ToIOException(-result) : null;
        return true;
    }

    // False: the peer has to take something first.
    private bool TrySend(ref ReadOnlyMemory<byte> bytes, out Exception? error)
    {
        error = null;
        while (!bytes.IsEmpty)
        {
            var result = Descriptors.Send(_watch.Descriptor, bytes.Span);
            if (result is -Errno.TryAgain)
            {
                return false;
            }

            if (result < 0)
            {
                error = Errno.ToIOException(-result);
                return true;
            }

            bytes = bytes[result..];
        }

        return true;
    }

    private static ConnectionAbortedException Closed() => new("The connection was closed on this side.");
}
