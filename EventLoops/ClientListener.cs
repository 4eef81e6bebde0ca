using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace EventLoops;

/// <summary>Takes clients and gives each to a loop.</summary>
[SupportedOSPlatform("linux")]
internal sealed partial class ClientListener : IConnectionListener, IWatcher
{
    /// <summary>As many as the kernel allows (net.core.somaxconn): a reconnect storm fills a short queue at once.</summary>
    private const int Backlog = 65535;

    /// <summary>Clients taken in one turn of the loop.</summary>
    private const int MostAtOnce = 64;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly Socket _socket;
    private readonly IPEndPoint _endPoint;
    private readonly MemoryPool<byte> _pool;
    private readonly ILogger _logger;
    private readonly Channel<ClientConnection> _accepted = Channel.CreateUnbounded<ClientConnection>(new() { SingleReader = true, AllowSynchronousContinuations = true });
    private readonly Lock _gate = new();
    private readonly Watch _watch;
    private readonly Timer _resume;
    private bool _isClosed;

    public ClientListener(IPEndPoint endPoint, MemoryPool<byte> pool, ILogger logger)
    {
        _pool = pool;
        _logger = logger;
        _socket = Listen(endPoint);
        _endPoint = (IPEndPoint)_socket.LocalEndPoint!;
        _resume = new Timer(static state => ((ClientListener)state!).Resume(), this, Timeout.Infinite, Timeout.Infinite);
        _watch = EventLoopGroup.Next().Add((int)_socket.Handle, this, tag: 0);
        _watch.Want(Readiness.Readable);
    }

    public EndPoint EndPoint => _endPoint;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await _accepted.Reader.WaitToReadAsync(cancellationToken))
        {
            if (_accepted.Reader.TryRead(out var connection))
            {
                return connection;
            }
        }

        return null;
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            if (!_isClosed)
            {
                _isClosed = true;
                _watch.Release();
                _socket.Dispose();
                _accepted.Writer.Complete();
            }
        }

        return default;
    }

    public async ValueTask DisposeAsync()
    {
        await UnbindAsync();
        await _resume.DisposeAsync();
        while (_accepted.Reader.TryRead(out var connection))
        {
            await connection.DisposeAsync(); // nobody has asked for it
        }
    }

    public void Ready(int tag, Readiness readiness)
    {
        for (var i = 0; i < MostAtOnce; i++)
        {
            var (connection, error) = ((ClientConnection?)null, 0);
            lock (_gate)
            {
                if (_isClosed)
                {
                    return;
                }

                var descriptor = Descriptors.Accept((int)_socket.Handle, out var peer);
                if (descriptor >= 0)
                {
                    connection = Create(descriptor, peer);
                }
                else if ((error = -descriptor) is not (Errno.TryAgain or Errno.Interrupted or Errno.ConnectionAborted))
                {
                    // Mostly too few descriptors. The client stays in the kernel's queue; asking again at once would only keep the processor busy.
                    _watch.Want(Readiness.None);
                    _resume.Change(Pause, Timeout.InfiniteTimeSpan);
                    Log.AcceptFailed(_logger, _endPoint, Errno.ToSocketException(error).Message);
                    return;
                }
            }

            if (error is Errno.TryAgain)
            {
                return;
            }

            if (connection is null)
            {
                continue; // this one has left again
            }

            if (!_accepted.Writer.TryWrite(connection))
            {
                connection.Abort();
            }
        }
    }

    private void Resume()
    {
        lock (_gate)
        {
            if (!_isClosed)
            {
                _watch.Want(Readiness.Readable);
            }
        }
    }

    private ClientConnection Create(int descriptor, IPEndPoint? peer)
    {
        Descriptors.SetNoDelay(descriptor);
        var local = _endPoint.Address.Equals(IPAddress.Any) || _endPoint.Address.Equals(IPAddress.IPv6Any) ? Descriptors.LocalEndPoint(descriptor) : _endPoint;
        return new ClientConnection(new LoopSocket(EventLoopGroup.Next(), descriptor, mayHaveData: true), _pool, local, peer);
    }

    private static Socket Listen(IPEndPoint endPoint)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (endPoint.Address.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            socket.Blocking = false;
            socket.Bind(endPoint);
            socket.Listen(Backlog);
            return socket;
        }
        catch (SocketException e)
        {
            socket.Dispose();
            if (e.SocketErrorCode is SocketError.AddressAlreadyInUse)
            {
                throw new AddressInUseException(e.Message, e); // what Kestrel expects of a transport
            }

            throw;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "No client can be taken on {EndPoint} ({Reason}); trying again in 100 ms.", EventName = "AcceptFailed")]
        public static partial void AcceptFailed(ILogger logger, IPEndPoint endPoint, string reason);
    }
}
