using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Proxy.Nodes;
using Proxy.Nodes.Tls;

namespace Proxy.Clusters.Probes;

/// <summary>Recognises a node that speaks TLS where its address says <c>http</c>: some servers answer 400 then, and others only end the connection.</summary>
internal sealed class MisaddressedNode(TimeProvider time)
{
    /// <summary>What is said about it.</summary>
    public const string SpeaksTls = "The node speaks TLS at this address; its address has to begin with https.";

    /// <summary>Such an answer is small.</summary>
    private const int MaxBodyBytes = 2048;

    /// <summary>How long the question may take: a node that speaks no TLS may wait for more of what it takes for a request.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(250);

    /// <summary>Sends a request; a failure of which the node's TLS is the cause says so.</summary>
    public async Task<HttpResponseMessage> SendAsync(
        GatewayNode node, HttpMessageInvoker client, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await client.SendAsync(request, cancellationToken);
        }
        catch (HttpRequestException e) when (node.Tls is null && MayBe(e))
        {
            if (await SpeaksTlsAsync(node, cancellationToken))
            {
                throw new HttpRequestException(HttpRequestError.SecureConnectionError, SpeaksTls, new NodeTlsException(SpeaksTls, e));
            }

            throw;
        }
    }

    /// <summary>Whether a 400 says so. nginx: "The plain HTTP request was sent to HTTPS port", Go: "Client sent an HTTP request to an HTTPS server",
    /// Apache: "speaking plain HTTP to an SSL-enabled server port".</summary>
    public async Task<bool> AsksForTlsAsync(GatewayNode node, HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        await using var body = await answer.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[MaxBodyBytes];
        var length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        var text = Encoding.Latin1.GetString(buffer, 0, length);
        return (text.Contains("HTTPS", StringComparison.Ordinal) || text.Contains("SSL", StringComparison.Ordinal))
            && await SpeaksTlsAsync(node, cancellationToken);
    }

    // Whether the failure of a plain request is one that a TLS server would cause.
    private static bool MayBe(HttpRequestException failure) =>
        failure.HttpRequestError is HttpRequestError.ResponseEnded or HttpRequestError.InvalidResponse or HttpRequestError.Unknown
            && failure.GetBaseException() is not SocketException { SocketErrorCode: SocketError.ConnectionRefused };

    // Begins a TLS handshake with the node. Nothing is sent over it, so its certificate does not matter.
    private async Task<bool> SpeaksTlsAsync(GatewayNode node, CancellationToken cancellationToken)
    {
        var address = new Uri(node.Address);
        var hasCertificate = false;
        using var timer = new CancellationTokenSource(Limit, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(new DnsEndPoint(address.IdnHost, address.Port), limit.Token);
            await using var stream = new SslStream(new NetworkStream(socket));
            var options = new SslClientAuthenticationOptions
            {
                TargetHost = address.IdnHost,
                RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                {
                    hasCertificate = certificate is not null;
                    return false;
                },
            };
            await stream.AuthenticateAsClientAsync(options, limit.Token);
        }
        catch (Exception e) when (e is AuthenticationException or IOException or SocketException or OperationCanceledException)
        {
            // The handshake always ends so; what counts is whether a certificate came first.
        }

        return hasCertificate;
    }
}
