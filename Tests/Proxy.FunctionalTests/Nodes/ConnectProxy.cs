using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Proxy.FunctionalTests.Nodes;

/// <summary>A web proxy that knows nothing but <c>CONNECT</c> (RFC 9110 9.3.6).</summary>
internal sealed class ConnectProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentBag<Socket> _sockets = [];
    private readonly Task _accepting;

    public ConnectProxy()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Url => $"http://{_listener.LocalEndpoint}";

    /// <summary>The first lines of what was asked.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
        foreach (var socket in _sockets)
        {
            socket.Dispose();
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync();
                _sockets.Add(client);
                _ = ServeAsync(client);
            }
        }
        catch (Exception e) when (e is SocketException or InvalidOperationException) // ObjectDisposedException among them
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(Socket client)
    {
        try
        {
            var head = "";
            var buffer = new byte[4096];
            while (!head.EndsWith("\r\n\r\n", StringComparison.Ordinal))
            {
                var length = await client.ReceiveAsync(buffer);
                if (length == 0)
                {
                    return;
                }

                head += Encoding.ASCII.GetString(buffer, 0, length);
            }

            Requests.Enqueue(head.Split("\r\n")[0]);
            var target = new Uri("http://" + head.Split(' ')[1]);
            var node = new Socket(SocketType.Stream, ProtocolType.Tcp);
            _sockets.Add(node);
            await node.ConnectAsync(target.Host, target.Port);
            await client.SendAsync("HTTP/1.1 200 OK\r\n\r\n"u8.ToArray());
            await Task.WhenAll(CopyAsync(client, node), CopyAsync(node, client));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // A side has ended.
        }
    }

    private static async Task CopyAsync(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        int length;
        while ((length = await from.ReceiveAsync(buffer)) > 0)
        {
            await to.SendAsync(buffer.AsMemory(0, length));
        }

        to.Shutdown(SocketShutdown.Send);
    }
}
