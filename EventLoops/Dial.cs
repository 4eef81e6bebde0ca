using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;

namespace EventLoops;

/// <summary>One attempt to connect to a node.</summary>
[SupportedOSPlatform("linux")]
public sealed class Dial : IWatcher
{
    private readonly TaskCompletionSource<LoopSocket> _connected = new(); // what follows runs on the loop
    private readonly Lock _gate = new();
    private readonly Watch _watch;
    private bool _isDecided;

    private Dial(EventLoop loop, int descriptor)
    {
        _watch = loop.Add(descriptor, this, tag: 0);
    }

    /// <summary>Connects to a host, by the first of its addresses that answers.</summary>
    /// <param name="loop">The loop that waits for the connection from now on.</param>
    /// <param name="host">A name, or an address.</param>
    /// <param name="port">The port.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SocketException">The name is not known, or no address answers.</exception>
    public static async ValueTask<LoopSocket> ConnectAsync(EventLoop loop, string host, int port, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out var address))
        {
            return await ConnectAsync(loop, new IPEndPoint(address, port), cancellationToken);
        }

        var addresses = await Dns.GetHostAddressesAsync(host, cancellationToken);
        for (var i = 0; i < addresses.Length - 1; i++)
        {
            try
            {
                return await ConnectAsync(loop, new IPEndPoint(addresses[i], port), cancellationToken);
            }
            catch (SocketException)
            {
                // The next one may answer.
            }
        }

        return addresses is [.., var last]
            ? await ConnectAsync(loop, new IPEndPoint(last, port), cancellationToken)
            : throw new SocketException((int)SocketError.NoData);
    }

    public void Ready(int tag, Readiness readiness)
    {
        if (Decide())
        {
            var error = Descriptors.TakeError(_watch.Descriptor);
            if (error == 0)
            {
                _connected.SetResult(new LoopSocket(_watch.Loop, _watch.Descriptor));
            }
            else
            {
                Descriptors.Close(_watch.Descriptor, isAbort: false);
                _connected.SetException(Errno.ToSocketException(error));
            }
        }
    }

    private static async ValueTask<LoopSocket> ConnectAsync(EventLoop loop, IPEndPoint peer, CancellationToken cancellationToken)
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

        var dial = new Dial(loop, descriptor);
        await using (cancellationToken.UnsafeRegister(static (state, token) => ((Dial)state!).GiveUp(token), dial))
        {
            dial.Begin();
            return await dial._connected.Task;
        }
    }

    private void Begin()
    {
        lock (_gate)
        {
            if (!_isDecided)
            {
                _watch.Want(Readiness.Writable);
            }
        }
    }

    private void GiveUp(CancellationToken token)
    {
        if (Decide())
        {
            Descriptors.Close(_watch.Descriptor, isAbort: true);
            _connected.SetCanceled(token);
        }
    }

    private bool Decide()
    {
        lock (_gate)
        {
            if (_isDecided)
            {
                return false;
            }

            _isDecided = true;
            _watch.Release();
            return true;
        }
    }
}
