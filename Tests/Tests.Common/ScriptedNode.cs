using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Tests.Common;

/// <summary>A hub node that answers byte for byte what a test dictates, and keeps what it was asked.</summary>
public sealed class ScriptedNode : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly ConcurrentDictionary<RawConnection, Task> _connections = new();
    private readonly ConcurrentQueue<RawMessage> _requests = new();
    private readonly Func<ScriptedExchange, Task> _script;
    private readonly Task _accepting;
    private Socket? _port;
    private int _accepted;

    /// <param name="name">The node's name at the gateway.</param>
    /// <param name="script">Called for each request; a connection whose script has ended reads its next request.</param>
    public ScriptedNode(string name, Func<ScriptedExchange, Task> script)
    {
        Name = name;
        _script = script;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        Url = new Uri($"http://{_listener.LocalEndPoint}");
        _accepting = AcceptAsync();
    }

    public string Name { get; }

    public Uri Url { get; }

    /// <summary>Everything that has arrived whole.</summary>
    public IReadOnlyList<RawMessage> Requests => [.. _requests];

    /// <summary>Connections accepted so far.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>The first request, once it is there.</summary>
    public async Task<RawMessage> FirstRequestAsync()
    {
        await Eventually.HoldsAsync(() => !_requests.IsEmpty);
        return Requests[0];
    }

    /// <summary>Stops listening and resets every connection, as a process that is killed; no other process gets its port.</summary>
    public async Task KillAsync()
    {
        await StopListeningAsync();
        _port ??= HoldPort();
        ResetConnections();
    }

    /// <summary>Stops listening and resets every connection; a script that waits for its test is left to itself.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopListeningAsync();
        ResetConnections();
        _port?.Dispose();
    }

    private Task StopListeningAsync()
    {
        _listener.Dispose();
        return _accepting;
    }

    private void ResetConnections()
    {
        foreach (var connection in _connections.Keys)
        {
            connection.Reset();
        }
    }

    // A port that is bound and not listened on refuses connections.
    private Socket HoldPort()
    {
        var port = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        port.Bind(new IPEndPoint(IPAddress.Loopback, Url.Port));
        return port;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var connection = new RawConnection(await _listener.AcceptAsync());
                Interlocked.Increment(ref _accepted);
                _connections[connection] = ServeAsync(connection);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(RawConnection connection)
    {
        await using var _ = connection;
        try
        {
            while (await connection.ReadRequestAsync() is { } request)
            {
                _requests.Enqueue(request);
                await _script(new ScriptedExchange(Name, request, connection));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException or Xunit.Sdk.XunitException)
        {
            // Closed by either side, or in the middle of a request; the test sees it at the client.
        }
    }
}
