using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Proxy.FunctionalTests.Nodes;

/// <summary>A TLS port that answers a plain request as nginx does.</summary>
internal sealed class TolerantTlsNode : IAsyncDisposable
{
    private const byte TlsHandshake = 22; // RFC 8446 5.1

    private readonly X509Certificate2 _certificate;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task _accepting;

    public TolerantTlsNode(X509Certificate2 certificate)
    {
        _certificate = certificate;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptSocketAsync());
            }
        }
        catch (Exception e) when (e is SocketException or InvalidOperationException) // ObjectDisposedException among them
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        await using var connection = new NetworkStream(socket, ownsSocket: true);
        try
        {
            var first = new byte[1];
            await socket.ReceiveAsync(first, SocketFlags.Peek);
            if (first[0] == TlsHandshake)
            {
                await using var secure = new SslStream(connection);
                await secure.AuthenticateAsServerAsync(_certificate);
                return;
            }

            _ = await socket.ReceiveAsync(new byte[4096]);
            const string text = "<center>The plain HTTP request was sent to HTTPS port</center>";
            await connection.WriteAsync(Encoding.ASCII.GetBytes(
                $"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nContent-Length: {text.Length}\r\nConnection: close\r\n\r\n{text}"));
        }
        catch (Exception e) when (e is IOException or SocketException or AuthenticationException)
        {
            // The gateway has seen enough.
        }
    }
}
