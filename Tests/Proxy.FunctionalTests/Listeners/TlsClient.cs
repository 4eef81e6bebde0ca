using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Proxy.FunctionalTests.Listeners;

/// <summary>A client's TLS connection, with what the server has shown.</summary>
internal sealed class TlsClient : IAsyncDisposable
{
    private readonly SslStream _stream;
    private readonly X509ChainElement[] _chain;

    private TlsClient(SslStream stream, X509ChainElement[] chain)
    {
        (_stream, _chain) = (stream, chain);
    }

    public string Subject => ((X509Certificate2)_stream.RemoteCertificate!).Subject;

    public string Thumbprint => ((X509Certificate2)_stream.RemoteCertificate!).Thumbprint;

    /// <summary>All that the server has sent, the first certificate included.</summary>
    public IEnumerable<string> Chain => _chain.Select(static element => element.Certificate.Thumbprint);

    public SslProtocols Version => _stream.SslProtocol;

    public SslApplicationProtocol Protocol => _stream.NegotiatedApplicationProtocol;

    /// <param name="url">The server.</param>
    /// <param name="name">The name that is asked for; an empty one asks for none.</param>
    /// <param name="configure">More of the handshake's options.</param>
    /// <param name="cancel">Ends the attempt.</param>
    public static async Task<TlsClient> OpenAsync(
        Uri url, string name, CancellationToken cancel, Action<SslClientAuthenticationOptions>? configure = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, url.Port, cancel);
        X509ChainElement[] elements = [];
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = name,
            RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
            {
                elements = [.. chain!.ChainElements];
                return certificate is not null; // which one it is, is what tests ask
            },
        };
        configure?.Invoke(options);
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        try
        {
            await stream.AuthenticateAsClientAsync(options, cancel);
            return new TlsClient(stream, elements);
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    /// <summary>One request without body; the head of the answer.</summary>
    public async Task<string> AskAsync(string target, CancellationToken cancel)
    {
        await _stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {target} HTTP/1.1\r\nHost: hub.example\r\n\r\n"), cancel);
        var buffer = new byte[16 * 1024];
        var count = 0;
        do
        {
            var read = await _stream.ReadAsync(buffer.AsMemory(count), cancel);
            if (read == 0)
            {
                break;
            }

            count += read;
        }
        while (!Encoding.Latin1.GetString(buffer, 0, count).Contains("\r\n\r\n", StringComparison.Ordinal));

        return Encoding.Latin1.GetString(buffer, 0, count);
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();
}
