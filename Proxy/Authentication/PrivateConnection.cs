using System.Net;
using System.Net.Sockets;
using Microsoft.Net.Http.Headers;
using Proxy.Nodes;
using Proxy.Requests;
using Yarp.ReverseProxy.Forwarder;

namespace Proxy.Authentication;

/// <summary>Sends the requests of one client connection to one node over a connection that no other client gets.</summary>
/// <remarks>
/// The node's connection is opened by the first request and may be replaced when the node has closed it; the new one is not logged in. HttpClient sends a
/// request once more when a kept connection turns out to be closed. Credentials are not sent once more: they belong to the connection that they were made for.
/// </remarks>
/// <param name="node">The node.</param>
/// <param name="create">Makes the transport, which <see cref="Configure"/> has limited to one connection.</param>
/// <param name="ended">Called once, when this is disposed of.</param>
internal sealed class PrivateConnection(NodeState node, Func<HttpMessageInvoker> create, Action ended) : HttpMessageHandler
{
    /// <summary>Marks the metadata of a cluster for which a transport of this kind is to be made.</summary>
    public const string MetadataKey = "StickySignalR.PrivateConnection";

    private static readonly HttpRequestOptionsKey<PrivateConnection> Owner = new(MetadataKey);

    private readonly Lock _lock = new();
    private HttpMessageInvoker? _client;
    private HttpMessageInvoker? _transport;
    private bool _isOver;
    private volatile bool _hasWritten;
    private volatile bool _hasCredentials;

    public NodeState Node => node;

    /// <summary>What sends over the connection.</summary>
    public HttpMessageInvoker Client => _client ??= new HttpMessageInvoker(this, disposeHandler: false);

    /// <summary>The node has answered with a token, and the client's next one has to follow on the same connection.</summary>
    public bool IsInHandshake { get; private set; }

    /// <summary>How a node is spoken to over such a connection: by HTTP/1.1.</summary>
    /// <returns><see langword="null"/>: the node is spoken to by HTTP/2 only.</returns>
    public static ForwarderRequestConfig? ToHttp11(ForwarderRequestConfig settings) =>
        settings.Version is { Major: 1 } ? settings
        : settings.VersionPolicy is null or HttpVersionPolicy.RequestVersionOrLower
            ? settings with { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact }
            : null;

    /// <summary>Limits a transport to one connection, which lasts until the node or the client ends it.</summary>
    public static void Configure(SocketsHttpHandler handler)
    {
        handler.MaxConnectionsPerServer = 1;
        handler.PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan;
        handler.PooledConnectionLifetime = Timeout.InfiniteTimeSpan;
        var connect = handler.ConnectCallback ?? ConnectAsync;
        handler.ConnectCallback = (context, cancellationToken) => context.InitialRequestMessage.Options.TryGetValue(Owner, out var owner)
            ? owner.ConnectAsync(connect, context, cancellationToken)
            : connect(context, cancellationToken);
    }

    /// <summary>Something is written to the node.</summary>
    public void Written() => _hasWritten = true;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Options.Set(Owner, this);
        _hasWritten = false;
        _hasCredentials = request.Headers.NonValidated.TryGetValues(HeaderNames.Authorization, out var credentials)
            && ConnectionSchemes.Any(credentials.ToArray());
        var answer = await SendNowAsync(request, cancellationToken);
        IsInHandshake = answer.StatusCode is HttpStatusCode.Unauthorized
            && answer.Headers.NonValidated.TryGetValues(HeaderNames.WWWAuthenticate, out var challenges)
            && ConnectionSchemes.AnyWithToken(challenges.ToArray());
        return answer;
    }

    /// <summary>Closes the node's connection, at once or when its request has ended.</summary>
    protected override void Dispose(bool disposing)
    {
        if (disposing && End())
        {
            _transport?.Dispose();
            ended();
        }

        base.Dispose(disposing);
    }

    // What SocketsHttpHandler does without a callback.
    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async ValueTask<Stream> ConnectAsync(
        Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>> connect, SocketsHttpConnectionContext context,
        CancellationToken cancellationToken)
    {
        if (_hasCredentials && _hasWritten)
        {
            throw new PrivateConnectionLostException("The node ended the connection that the client authenticates; credentials are not sent a second time.");
        }

        var stream = await connect(context, cancellationToken);
        IsInHandshake = false;
        return new PrivateStream(stream, this);
    }

    // The client may leave at any moment, and with it the transport.
    private async Task<HttpResponseMessage> SendNowAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await Transport().SendAsync(request, cancellationToken);
        }
        catch (ObjectDisposedException e)
        {
            throw new HttpRequestException(e.Message, new PrivateConnectionLostException("The client's connection has ended."));
        }
    }

    private HttpMessageInvoker Transport()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isOver, this);
            return _transport ??= create();
        }
    }

    private bool End()
    {
        lock (_lock)
        {
            var isFirst = !_isOver;
            _isOver = true;
            return isFirst;
        }
    }
}
