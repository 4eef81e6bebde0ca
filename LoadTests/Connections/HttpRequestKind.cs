namespace LoadTests.Connections;

/// <summary>What a request of a SignalR client is for.</summary>
public enum HttpRequestKind
{
    /// <summary><c>POST {hub}/negotiate</c>.</summary>
    Negotiate,

    /// <summary>The upgrade to a WebSocket; its good status is 101.</summary>
    WebSocket,

    /// <summary>The GET whose answer is the stream of events.</summary>
    ServerSentEvents,

    /// <summary>One GET of long polling.</summary>
    Poll,

    /// <summary>A POST that carries messages of server-sent events or long polling.</summary>
    Send,

    /// <summary>The DELETE that ends a long-polling connection.</summary>
    Delete,
}
