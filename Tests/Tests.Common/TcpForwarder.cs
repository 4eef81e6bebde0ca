using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Tests.Common;

/// <summary>A plain TCP forwarder between a client and a server: a network that a test can cut and whose addresses it can change.</summary>
public sealed class TcpForwarder : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly ConcurrentDictionary<Socket, byte> _sockets = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<Uri> _target;
    private readonly Func<IPAddress> _source;
    private readonly Task _accepting;

    /// <param name="target">Where every connection goes.</param>
    /// <param name="source">See the other constructor.</param>
    public TcpForwarder(Uri target, Func<IPAddress>? source = null)
        : this(() => target, source)
    {
    }

    /// <param name="target">Where the next connection goes.</param>
    /// <param name="source">The local address of the next connection to the target: what the server sees as the client's address.</param>
    public TcpForwarder(Func<Uri> target, Func<IPAddress>? source = null)
    {
        _target = target;
        _source = source ?? (() => IPAddress.Loopback);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        Url = new Uri($"http://{_listener.LocalEndPoint}");
        _accepting = AcceptAsync();
    }

    public Uri Url { get; }

    /// <summary>A next address of 127.0.0.0/8 at each call.</summary>
    public static Func<IPAddress> EverChangingSource()
    {
        var last = 1;
        return () => new IPAddress([127, 0, 0, (byte)(1 + (Interlocked.Increment(ref last) % 250))]);
    }

    /// <summary>Resets every connection, as a network that changes does.</summary>
    public void Cut()
    {
        foreach (var socket in _sockets.Keys)
        {
            Reset(socket);
        }
    }

    /// <summary>Resets every connection and refuses new ones; may be called more than once.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_accepting.IsCompleted)
        {
            return;
        }

        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        Cut();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ForwardAsync(await _listener.AcceptAsync(_stop.Token));
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed of.
        }
    }

    private async Task ForwardAsync(Socket client)
    {
        var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _sockets.TryAdd(client, 0);
        _sockets.TryAdd(server, 0);
        try
        {
            server.Bind(new IPEndPoint(_source(), 0));
            var target = _target();
            await server.ConnectAsync(IPAddress.Parse(target.Host), target.Port);
            Task[] directions = [CopyAsync(client, server), CopyAsync(server, client)];
            await await Task.WhenAny(directions); // a reset of one side ends both, a half-close only its own direction
            await Task.WhenAll(directions);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Cut, or the server is not there: the other side learns it by the reset.
        }
        finally
        {
            Reset(client);
            Reset(server);
        }
    }

    private async Task CopyAsync(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await from.ReceiveAsync(buffer)) > 0)
        {
            if (_stop.IsCancellationRequested)
            {
                return; // connections are reset one after the other; whoever learns it first must find no other that still works
            }

            var sent = 0;
            while (sent < read)
            {
                sent += await to.SendAsync(buffer.AsMemory(sent, read - sent));
            }
        }

        to.Shutdown(SocketShutdown.Send);
    }

    private void Reset(Socket socket)
    {
        if (_sockets.TryRemove(socket, out _))
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
            socket.Dispose();
        }
    }
}
