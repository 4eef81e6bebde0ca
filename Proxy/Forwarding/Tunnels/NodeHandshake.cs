using System.Buffers;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text;
using EventLoops;
using Proxy.Nodes;

namespace Proxy.Forwarding.Tunnels;

/// <summary>A WebSocket handshake with a node on a socket of the gateway's own, which is handed off when the node agrees.</summary>
[SupportedOSPlatform("linux")]
internal sealed class NodeHandshake : IDisposable
{
    /// <summary>HttpClient allows an answer's head the same length (MaxResponseHeadersLength).</summary>
    private const int MaxHeadBytes = 64 * 1024;

    private const int FirstBufferBytes = 2048;

    private readonly LoopSocket _socket;
    private NodeState? _node;
    private HttpMessageInvoker? _reader;

    private NodeHandshake(LoopSocket socket, NodeState node)
    {
        _socket = socket;
        _node = node;
        node.AddTcpConnections(1);
    }

    /// <summary>The node has agreed: HttpClient has not been given the socket.</summary>
    public bool IsReleasable => _reader is null;

    /// <summary>What the node has sent behind its answer.</summary>
    public byte[] Unread { get; private set; } = [];

    /// <summary>Connects, asks, and reads the answer.</summary>
    /// <param name="loop">The client's loop.</param>
    /// <param name="node">The node, for which the connection is counted.</param>
    /// <param name="request">The handshake; its address is the node's.</param>
    /// <param name="connectTimeout">How long a connect may take.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="HttpRequestException">What HttpClient would have thrown.</exception>
    public static async Task<(NodeHandshake Handshake, HttpResponseMessage Answer)> SendAsync(
        EventLoop loop, NodeState node, HttpRequestMessage request, TimeSpan connectTimeout, TimeProvider time, CancellationToken cancellationToken)
    {
        var head = new ArrayBufferWriter<byte>(FirstBufferBytes);
        UpgradeRequest.Write(request, head);
        var handshake = new NodeHandshake(await ConnectAsync(loop, request.RequestUri!, connectTimeout, time, cancellationToken), node);
        try
        {
            await handshake._socket.SendAsync(head.WrittenMemory, cancellationToken);
            return (handshake, await handshake.ReadAnswerAsync(request, cancellationToken));
        }
        catch (Exception e)
        {
            handshake.Dispose();
            if (e is IOException)
            {
                throw new HttpRequestException(HttpRequestError.ResponseEnded, "The connection broke before the answer.", e);
            }

            throw;
        }
    }

    /// <summary>Takes the socket of an agreed WebSocket, which is still counted for its node then.</summary>
    /// <returns>-1 when it is gone.</returns>
    public int Release()
    {
        var socket = _socket.Release();
        _node = socket < 0 ? _node : null;
        return socket;
    }

    public void Dispose()
    {
        _socket.Dispose();
        _reader?.Dispose();
        _node?.AddTcpConnections(-1);
        _node = null;
    }

    private static async ValueTask<LoopSocket> ConnectAsync(EventLoop loop, Uri address, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(limit, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await Connector.ConnectAsync(loop, address.IdnHost, address.Port, linked.Token);
        }
        catch (SocketException e)
        {
            var isName = e.SocketErrorCode is SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData;
            throw new HttpRequestException(isName ? HttpRequestError.NameResolutionError : HttpRequestError.ConnectionError, e.Message, e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(e.Message, new TimeoutException("The connect took too long.", e)); // SocketsHttpHandler throws the same
        }
    }

    private async ValueTask<HttpResponseMessage> ReadAnswerAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(FirstBufferBytes);
        try
        {
            var read = 0;
            while (true)
            {
                if (read == buffer.Length)
                {
                    buffer = Grow(buffer);
                }

                var count = await _socket.ReceiveAsync(buffer.AsMemory(read), cancellationToken);
                if (count == 0)
                {
                    throw new HttpRequestException(HttpRequestError.ResponseEnded, "The node ended the connection before its answer.");
                }

                read += count;
                var length = AnswerHead.Length(buffer.AsSpan(0, read));
                if (length == 0)
                {
                    continue;
                }

                if (AnswerHead.Status(buffer) is StatusCodes.Status101SwitchingProtocols)
                {
                    Unread = buffer.AsSpan(length, read - length).ToArray();
                    return AnswerHead.Parse(buffer.AsSpan(0, length));
                }

                return await ReadRefusalAsync(request, buffer.AsMemory(0, read).ToArray(), cancellationToken);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // Bodies, interim answers and everything that may be wrong with them are HttpClient's business: it reads the answer from its beginning.
    private Task<HttpResponseMessage> ReadRefusalAsync(HttpRequestMessage request, byte[] prefix, CancellationToken cancellationToken)
    {
        _reader = new HttpMessageInvoker(new SocketsHttpHandler
        {
            ConnectCallback = (_, _) => new(new PrefixedStream(_socket, prefix)),
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
            ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
            RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
            ResponseDrainTimeout = TimeSpan.FromSeconds(1),
        });
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        return _reader.SendAsync(request, cancellationToken);
    }

    private static byte[] Grow(byte[] buffer)
    {
        if (buffer.Length >= MaxHeadBytes)
        {
            throw new HttpRequestException(HttpRequestError.ConfigurationLimitExceeded, "The node's answer has too long a head.");
        }

        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }
}
