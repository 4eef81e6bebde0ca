using System.Net.Security;
using System.Security.Authentication;

namespace Proxy.Nodes.Tls;

/// <summary>A TLS connection to a node; SocketsHttpHandler takes an <see cref="SslStream"/> of a connect callback as it is.</summary>
/// <remarks>
/// With TLS 1.3 the handshake is over for the gateway before the node has looked at the gateway's certificate. So a node that misses one ends the connection
/// where its first answer should come, and that is where it has to be said.
/// </remarks>
internal sealed class NodeTlsStream : SslStream
{
    private bool _mayBeRefused;
    private volatile bool _isRefused;
    private string _refusal = "";

    private NodeTlsStream(Stream transport)
        : base(transport, leaveInnerStreamOpen: false)
    {
    }

    /// <summary>Makes the handshake.</summary>
    /// <param name="transport">The connection, which belongs to the stream from now on.</param>
    /// <param name="profile">How the node's certificate is checked.</param>
    /// <param name="host">The host of the node's address.</param>
    /// <param name="protocols">Versions of TLS; none: the system's.</param>
    /// <param name="request">The request that the connection is made for.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="NodeTlsException">The handshake failed; the message is one sentence that says why.</exception>
    public static async ValueTask<Stream> ConnectAsync(
        Stream transport, TlsProfile profile, string host, SslProtocols protocols, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var stream = new NodeTlsStream(transport);
        try
        {
            var (options, check) = profile.Handshake(host, protocols, request);
            await stream.AuthenticateAsync(options, check, cancellationToken);
            if (options.ApplicationProtocols is [var only] && stream.NegotiatedApplicationProtocol != only)
            {
                throw new NodeTlsException(TlsFailureText.NoHttp2);
            }

            stream._mayBeRefused = check.IsAsked || check.ShowsCertificate;
            stream._refusal = TlsFailureText.Refusal(check);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _mayBeRefused ? ReadFirstAsync(buffer, cancellationToken) : base.ReadAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        _mayBeRefused ? WriteFirstAsync(buffer, cancellationToken) : base.WriteAsync(buffer, cancellationToken);

    private async Task AuthenticateAsync(SslClientAuthenticationOptions options, CertificateCheck check, CancellationToken cancellationToken)
    {
        try
        {
            await AuthenticateAsClientAsync(options, cancellationToken);
        }
        catch (Exception e) when (e is AuthenticationException or IOException && e is not NodeTlsException)
        {
            throw new NodeTlsException(TlsFailureText.Of(e, check), e);
        }
    }

    private async ValueTask<int> ReadFirstAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            var length = await base.ReadAsync(buffer, cancellationToken);
            if (length > 0)
            {
                _mayBeRefused = false;
            }

            return length == 0 && buffer.Length > 0 ? throw Refused(null) : length;
        }
        catch (IOException e) when (NodeTlsException.Find(e) is null)
        {
            throw Refused(e);
        }
    }

    // A node that ends the connection at once may do so before the request has been written. With HTTP/2 the read that has met the end closes the stream then.
    private async ValueTask WriteFirstAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            await base.WriteAsync(buffer, cancellationToken);
        }
        catch (Exception e) when (e is IOException || (e is ObjectDisposedException && _isRefused))
        {
            throw Refused(e);
        }
    }

    private IOException Refused(Exception? cause)
    {
        _isRefused = true;
        return new IOException(_refusal, new NodeTlsException(_refusal, cause));
    }
}
