using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Connections;

namespace LoadTests.Connections;

/// <summary>How <see cref="HttpConnectionFactory"/> reaches a hub; the counterpart of <c>HttpConnectionOptions</c> of the full .NET client.</summary>
public sealed class HttpTransportOptions
{
    /// <summary>The hub's URL, <c>http</c> or <c>https</c>; its query is kept on every request.</summary>
    /// <remarks>When unset, the end point given to <see cref="HttpConnectionFactory.ConnectAsync"/> decides.</remarks>
    public Uri? Url { get; set; }

    /// <summary>Allowed transports. Of those the server offers, in its order, the first that connects is used. Default: all.</summary>
    public HttpTransportType Transport { get; set; } = HttpTransports.All;

    /// <summary>Opens the WebSocket without a negotiate, so without an id. Needs <see cref="Transport"/> to be WebSockets alone.</summary>
    public bool SkipNegotiation { get; set; }

    /// <summary>The <c>negotiateVersion</c> to ask for: 1, or 0 to leave the parameter out, as clients before version 3.1 do.</summary>
    /// <remarks>A <c>negotiateVersion</c> in the query of <see cref="Url"/> wins, as with every client.</remarks>
    public int NegotiateVersion { get; set; } = 1;

    /// <summary>Asks for a connection that survives the loss of its WebSocket: its id is dialled once more, and both sides repeat what was lost.</summary>
    /// <remarks>Works when the server allows it for the hub, which is off by default there.</remarks>
    public bool UseStatefulReconnect { get; set; }

    /// <summary>Text or binary frames; server-sent events carry text only. <see langword="null"/>: what the hub protocol says, or text.</summary>
    public TransferFormat? TransferFormat { get; set; }

    /// <summary>Headers of every request.</summary>
    public IDictionary<string, string> Headers { get; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Keeps and sends cookies, over reconnects too. <see langword="null"/> (default): the client ignores cookies.</summary>
    public CookieContainer? Cookies { get; set; }

    /// <summary>Gives the bearer token. Asked once for each connection, so again at each reconnect; a redirect's token takes its place.</summary>
    public Func<Task<string?>>? AccessTokenProvider { get; set; }

    /// <summary>Changes the handlers that the factory makes itself, such as their certificates or proxy.</summary>
    public Action<SocketsHttpHandler>? ConfigureHandler { get; set; }

    /// <summary>Changes each WebSocket before it connects. What belongs to the handler (proxy, cookies, certificates) cannot be set here.</summary>
    public Action<ClientWebSocketOptions>? ConfigureWebSocket { get; set; }

    /// <summary>Sends everything but WebSocket upgrades; for many clients over one pool of TCP connections. The factory does not dispose it.</summary>
    /// <remarks><see langword="null"/>: the factory has its own, so a client has its own TCP connections. It must not handle cookies itself.</remarks>
    public HttpMessageHandler? HttpHandler { get; set; }

    /// <summary>Sends WebSocket upgrades. The factory does not dispose it.</summary>
    /// <remarks>
    /// <see langword="null"/>: the factory has its own, so that, as in browsers, an upgrade never goes over the TCP connection of an earlier request.
    /// </remarks>
    public HttpMessageHandler? WebSocketHandler { get; set; }

    /// <summary>Longest wait for the answer to a negotiate, a send or the start of a transport. Default: 100 seconds.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(100);

    /// <summary>How long a poll may hang before it is given up and sent anew. Default: 100 seconds, 10 more than a server's poll lasts.</summary>
    public TimeSpan PollTimeout { get; set; } = TimeSpan.FromSeconds(100);

    /// <summary>How long a closing connection waits for the server's close frame, or for its DELETE to be answered. Default: 5 seconds.</summary>
    public TimeSpan CloseTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Clock of the time limits.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Told about every answer; read it in tests or share one between clients to count.</summary>
    public ConnectionTrace Trace { get; set; } = new();
}
