using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace EventLoops;

/// <summary>Accepts clients and gives each to a loop.</summary>
[SupportedOSPlatform("linux")]
internal sealed partial class ClientListener : IConnectionListener, IReadyHandler
{
    /// <summary>The kernel lowers it to its limit (net.core.somaxconn). A shorter queue would be full at once when many clients reconnect.</summary>
    private const int Backlog = 65535;

    /// <summary>Clients that are accepted for one event, before other descriptors of the loop get their turn.</summary>
    private const int MaxAcceptsPerEvent = 64;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(100);

    private readonly Socket _socket;
    private readonly IPEndPoint _endPoint;
    private readonly MemoryPool<byte> _pool;
    private readonly ILogger _logger;
    private readonly Channel<ClientConnection> _accepted =
        Channel.CreateUnbounded<ClientConnection>(new() { SingleReader = true, AllowSynchronousContinuations = true });
    private readonly Lock _gate = new();
    private readonly Registration _registration;
    private readonly ITimer _resume;
    private bool _isClosed;

    public ClientListener(IPEndPoint endPoint, MemoryPool<byte> pool, TimeProvider time, ILogger logger)
    {
        _pool = pool;
        _logger = logger;
        _socket = Listen(endPoint);
        _endPoint = (IPEndPoint)_socket.LocalEndPoint!;
        _resume = time.CreateTimer(static state => ((ClientListener)state!).Resume(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _registration = EventLoopGroup.Next().Register((int)_socket.Handle, this, tag: 0);
        _registration.SetInterest(Readiness.Readable);
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
                _registration.Remove();
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
            await connection.DisposeAsync(); // Kestrel has not asked for it
        }
    }

    public void OnReady(int tag, Readiness readiness)
    {
        for (var i = 0; i < MaxAcceptsPerEvent; i++)
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
                    // Mostly descriptors have run out. The client stays in the kernel's queue; to ask again at once would only keep the processor busy.
                    _registration.SetInterest(Readiness.None);
                    _resume.Change(RetryDelay, Timeout.InfiniteTimeSpan);
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
                continue; // the client has left before it was accepted, or a signal came
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
                _registration.SetInterest(Readiness.Readable);
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
                throw new AddressInUseException(e.Message, e); // the exception that Kestrel expects of a transport
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
