using System.Runtime.Versioning;
using Microsoft.AspNetCore.Connections;

namespace EventLoops;

/// <summary>A connected TCP socket on an <see cref="EventLoop"/>. It can be taken out again with its connection intact.</summary>
/// <remarks>One receive and one send may be pending at a time. After one that had to wait, its caller continues on the loop's thread.</remarks>
[SupportedOSPlatform("linux")]
public sealed class LoopSocket : IReadyHandler, IDisposable
{
    private const Readiness Broken = Readiness.Error | Readiness.HungUp;

    private readonly Lock _gate = new();
    private readonly Registration _registration;
    private readonly ReceiveOperation _receive;
    private SendOperation? _send; // most sockets never have to wait for a send
    private Action? _peerEnded;
    private Readiness _interest;
    private bool _isClosed;

    /// <param name="loop">The loop that waits for the socket.</param>
    /// <param name="descriptor">A connected, non-blocking socket, which belongs to this object from now on.</param>
    /// <param name="mayHaveData">Whether the first receive is tried at once: the peer speaks first and has mostly done so.</param>
    internal LoopSocket(EventLoop loop, int descriptor, bool mayHaveData = false)
    {
        _receive = new ReceiveOperation(descriptor, mayHaveData);
        _registration = loop.Register(descriptor, this, tag: 0);
    }

    /// <summary>The loop that waits for the socket.</summary>
    public EventLoop Loop => _registration.Loop;

    private bool IsSending => _send is { IsPending: true };

    /// <summary>Bytes that were received since the socket was opened.</summary>
    public long BytesReceived => _receive.Total;

    /// <summary>Receives what is there, or waits for it.</summary>
    /// <param name="buffer">The buffer to fill. With an empty one the call waits until there is something to receive, and receives nothing.</param>
    /// <param name="cancellationToken">Ends the wait; the socket stays usable.</param>
    /// <returns>The number of bytes; 0 at the end of the peer's direction, or for an empty buffer.</returns>
    /// <exception cref="IOException">The connection is broken.</exception>
    /// <exception cref="ConnectionAbortedException">The socket was closed or released on this side.</exception>
    public ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return ValueTask.FromException<int>(Closed());
            }

            if (_receive.MayHaveData && _receive.TryReceive(buffer, out var received, out var error))
            {
                return error is null ? new(received) : ValueTask.FromException<int>(error);
            }
        }

        _receive.RegisterCancellation(static (state, token) => ((LoopSocket)state!).Cancel(token), this, cancellationToken);
        lock (_gate)
        {
            if (_isClosed || cancellationToken.IsCancellationRequested)
            {
                _receive.UnregisterCancellation();
                return _isClosed ? ValueTask.FromException<int>(Closed()) : ValueTask.FromCanceled<int>(cancellationToken);
            }

            var pending = _receive.Begin(buffer);
            SetInterest(_interest | Readiness.Readable);
            return pending;
        }
    }

    /// <summary>Sends all of the bytes, and waits where the peer does not take them.</summary>
    /// <param name="bytes">The bytes, which must not change before the send has ended.</param>
    /// <param name="cancellationToken">Ends the wait, when a part may have been sent.</param>
    /// <exception cref="IOException">The connection is broken.</exception>
    /// <exception cref="ConnectionAbortedException">The socket was closed or released on this side.</exception>
    public ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        SendOperation send;
        lock (_gate)
        {
            if (_isClosed)
            {
                return ValueTask.FromException(Closed());
            }

            if (SendOperation.TrySend(_registration.Descriptor, ref bytes, out var error))
            {
                return error is null ? default : ValueTask.FromException(error);
            }

            send = _send ??= new SendOperation(_registration.Descriptor);
        }

        send.RegisterCancellation(static (state, token) => ((LoopSocket)state!).Cancel(token), this, cancellationToken);
        lock (_gate)
        {
            if (_isClosed || cancellationToken.IsCancellationRequested)
            {
                send.UnregisterCancellation();
                return _isClosed ? ValueTask.FromException(Closed()) : ValueTask.FromCanceled(cancellationToken);
            }

            var pending = send.Begin(bytes);
            SetInterest(_interest | Readiness.Writable);
            return pending;
        }
    }

    /// <summary>Takes the socket out of the loop, connected as it is. Later receives and sends of this object find it closed.</summary>
    /// <returns>The descriptor, which belongs to the caller; -1 when the socket was closed before, or when a receive or a send is pending.</returns>
    public int Release()
    {
        lock (_gate)
        {
            if (_isClosed || _receive.IsPending || IsSending)
            {
                return -1;
            }

            _isClosed = true;
            _registration.Remove();
            return _registration.Descriptor;
        }
    }

    /// <summary>Closes the connection in order: the peer reads what was sent, and then the end.</summary>
    public void Dispose() => Close(isAbort: false);

    /// <summary>Breaks the connection: the peer gets a reset.</summary>
    public void Abort() => Close(isAbort: true);

    void IReadyHandler.OnReady(int tag, Readiness readiness)
    {
        bool hasReceived, hasSent;
        int received;
        Exception? receiveError, sendError;
        Action? peerEnded;
        lock (_gate)
        {
            if (_isClosed)
            {
                return;
            }

            hasReceived = TryEndReceive(readiness, out received, out receiveError);
            hasSent = TryEndSend(readiness, out sendError);
            peerEnded = TakePeerEnded(readiness);

            // The kernel reports an error for as long as there is any interest. With nothing pending nothing could react to it, so the loop would never rest.
            SetInterest(Has(readiness, Broken) && !_receive.IsPending && !IsSending ? Readiness.None : _interest);
        }

        if (hasReceived)
        {
            _receive.Complete(received, receiveError);
        }

        if (hasSent)
        {
            _send!.Complete(0, sendError);
        }

        peerEnded?.Invoke();
    }

    /// <summary>Has an action called once, on the loop, when the peer ends its direction or breaks the connection, even without a pending receive.</summary>
    internal void WatchPeer(Action peerEnded)
    {
        lock (_gate)
        {
            if (!_isClosed)
            {
                _peerEnded = peerEnded;
                SetInterest(_interest | Readiness.PeerEnded);
            }
        }
    }

    /// <summary>Takes back <see cref="WatchPeer"/>.</summary>
    internal void UnwatchPeer()
    {
        lock (_gate)
        {
            _peerEnded = null;
            if (!_isClosed)
            {
                SetInterest(_interest & ~Readiness.PeerEnded);
            }
        }
    }

    private bool TryEndReceive(Readiness readiness, out int received, out Exception? error)
    {
        (received, error) = (0, null);
        if (_receive.IsPending)
        {
            if (readiness is Readiness.Writable || !_receive.TryReceive(out received, out error))
            {
                return false;
            }

            // The interest stays: mostly the next receive comes before the next bytes, and two system calls are saved.
            _receive.End();
            return true;
        }

        if (Has(readiness, Readiness.Readable))
        {
            // There are bytes and no receive. The next receive tries by itself; until then the kernel would report them again and again.
            _receive.MayHaveData = true;
            _interest &= ~Readiness.Readable;
        }

        return false;
    }

    private bool TryEndSend(Readiness readiness, out Exception? error)
    {
        error = null;
        if (!IsSending || !Has(readiness, Readiness.Writable | Broken) || !_send!.TrySend(out error))
        {
            return false;
        }

        _send.End();
        _interest &= ~Readiness.Writable;
        return true;
    }

    private Action? TakePeerEnded(Readiness readiness)
    {
        if (_peerEnded is not { } peerEnded || !Has(readiness, Readiness.PeerEnded | Broken))
        {
            return null;
        }

        _peerEnded = null;
        _interest &= ~Readiness.PeerEnded;
        return peerEnded;
    }

    private void Close(bool isAbort)
    {
        bool isReceiving, isSending;
        lock (_gate)
        {
            if (_isClosed)
            {
                return;
            }

            _isClosed = true;
            _peerEnded = null;
            _registration.Remove();
            Descriptors.Close(_registration.Descriptor, isAbort);
            isReceiving = TryEnd(_receive, token: null);
            isSending = TryEnd(_send, token: null);
        }

        if (isReceiving)
        {
            _receive.Complete(0, Closed());
        }

        if (isSending)
        {
            _send!.Complete(0, Closed());
        }
    }

    private void Cancel(CancellationToken token)
    {
        bool isReceiving, isSending;
        lock (_gate)
        {
            isReceiving = TryEnd(_receive, token);
            isSending = TryEnd(_send, token);
        }

        if (isReceiving)
        {
            _receive.Complete(0, new OperationCanceledException(token));
        }

        if (isSending)
        {
            _send!.Complete(0, new OperationCanceledException(token));
        }
    }

    // Ends an operation that is pending and, where a token is given, has that token.
    private static bool TryEnd(SocketOperation? operation, CancellationToken? token)
    {
        if (operation is not { IsPending: true } || (token is { } expected && operation.Token != expected))
        {
            return false;
        }

        operation.End();
        return true;
    }

    private static bool Has(Readiness readiness, Readiness any) => (readiness & any) is not Readiness.None;

    private void SetInterest(Readiness interest)
    {
        _interest = interest;
        _registration.SetInterest(interest);
    }

    private static ConnectionAbortedException Closed() => new("The connection was closed on this side.");
}
