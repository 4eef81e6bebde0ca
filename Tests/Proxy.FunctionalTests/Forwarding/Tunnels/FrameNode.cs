using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace Proxy.FunctionalTests.Forwarding.Tunnels;

/// <summary>A node that speaks HTTP/2 frame by frame (RFC 9113), as a test dictates.</summary>
internal sealed class FrameNode : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<FrameConnection, Task> _script;
    private readonly Func<Stream, Task>? _http1;
    private readonly X509Certificate2? _certificate;
    private readonly Task _accepting;
    private int _accepted;

    /// <param name="script">Called for each connection; the connection ends with it.</param>
    /// <param name="certificate">The node listens by TLS with it, or <see langword="null"/>.</param>
    /// <param name="http1">Called for each connection by TLS over which HTTP/2 is not spoken; <see langword="null"/>: there is none.</param>
    public FrameNode(Func<FrameConnection, Task> script, X509Certificate2? certificate = null, Func<Stream, Task>? http1 = null)
    {
        _script = script;
        _certificate = certificate;
        _http1 = http1;
        _listener.Start();
        Url = new Uri($"{(certificate is null ? "http" : "https")}://{_listener.LocalEndpoint}");
        _accepting = AcceptAsync();
    }

    public Uri Url { get; }

    /// <summary>Connections accepted so far.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var open = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                open.Add(ServeAsync(client, Interlocked.Increment(ref _accepted)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(open);
        }
    }

    private async Task ServeAsync(TcpClient client, int number)
    {
        using var _ = client;
        client.NoDelay = true;
        try
        {
            Stream stream = client.GetStream();
            if (_certificate is not null)
            {
                var tls = new SslStream(stream);
                await tls.AuthenticateAsServerAsync(
                    new SslServerAuthenticationOptions
                    {
                        ServerCertificate = _certificate,
                        ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
                    },
                    _stop.Token);
                stream = tls;
                if (tls.NegotiatedApplicationProtocol != SslApplicationProtocol.Http2)
                {
                    await _http1!(tls);
                    return;
                }
            }

            await _script(new FrameConnection(stream, number, _stop.Token));
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The gateway or the test has ended the connection.
        }
    }
}
