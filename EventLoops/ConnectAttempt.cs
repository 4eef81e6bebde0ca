using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;

namespace EventLoops;

/// <summary>A connect to one address that the kernel has begun and not yet decided.</summary>
[SupportedOSPlatform("linux")]
internal sealed class ConnectAttempt : IReadyHandler
{
    // Its continuations run inline, that is on the loop.
    private readonly TaskCompletionSource<LoopSocket> _connected = new();
    private readonly Lock _gate = new();
    private readonly Registration _registration;
    private bool _isDecided;

    private ConnectAttempt(EventLoop loop, int descriptor)
    {
        _registration = loop.Register(descriptor, this, tag: 0);
    }

    /// <summary>Connects to one address.</summary>
    /// <exception cref="SocketException">The address does not accept.</exception>
    public static async ValueTask<LoopSocket> ConnectAsync(EventLoop loop, IPEndPoint peer, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var error = Descriptors.Connect(peer, out var descriptor);
        if (error == 0)
        {
            return new LoopSocket(loop, descriptor);
        }

        if (error is not Errno.InProgress)
        {
            throw Errno.ToSocketException(error);
        }

        var attempt = new ConnectAttempt(loop, descriptor);
        await using (cancellationToken.UnsafeRegister(static (state, token) => ((ConnectAttempt)state!).Cancel(token), attempt))
        {
            attempt.Begin();
            return await attempt._connected.Task;
        }
    }

    public void OnReady(int tag, Readiness readiness)
    {
        if (!TryDecide())
        {
            return;
        }

        var error = Descriptors.TakeError(_registration.Descriptor);
        if (error == 0)
        {
            _connected.SetResult(new LoopSocket(_registration.Loop, _registration.Descriptor));
        }
        else
        {
            Descriptors.Close(_registration.Descriptor, isAbort: false);
            _connected.SetException(Errno.ToSocketException(error));
        }
    }

    private void Begin()
    {
        lock (_gate)
        {
            if (!_isDecided)
            {
                _registration.SetInterest(Readiness.Writable);
            }
        }
    }

    private void Cancel(CancellationToken token)
    {
        if (TryDecide())
        {
            Descriptors.Close(_registration.Descriptor, isAbort: true);
            _connected.SetCanceled(token);
        }
    }

    // Only the first caller decides; it alone may use the descriptor from then on.
    private bool TryDecide()
    {
        lock (_gate)
        {
            if (_isDecided)
            {
                return false;
            }

            _isDecided = true;
            _registration.Remove();
            return true;
        }
    }
}
