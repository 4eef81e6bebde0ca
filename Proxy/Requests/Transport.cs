namespace Proxy.Requests;

/// <summary>Transport of a connection as far as one request shows it.</summary>
internal enum Transport
{
    /// <summary>A send, a DELETE, or no connection at all.</summary>
    Unknown,
    WebSockets,
    ServerSentEvents,
    LongPolling,
}
