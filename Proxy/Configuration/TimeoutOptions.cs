namespace Proxy.Configuration;

/// <summary><c>Gateway:Timeouts</c>: each counts from the last byte in either direction. 1 s to 1 day (<see cref="Connect"/>: 100 ms to 1 min).</summary>
public sealed class TimeoutOptions
{
    /// <summary>Opening a TCP (and TLS) connection to a node.</summary>
    public TimeSpan Connect { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Requests that are none of the following.</summary>
    public TimeSpan Http { get; set; } = TimeSpan.FromSeconds(100);

    /// <summary>Long polls; a node answers each within its PollTimeout, 90 s by default.</summary>
    public TimeSpan LongPoll { get; set; } = TimeSpan.FromMinutes(3);

    /// <summary>Server-sent events; a hub pings every 15 s by default.</summary>
    public TimeSpan Stream { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Open WebSockets; both sides ping every 15 s by default.</summary>
    public TimeSpan WebSocket { get; set; } = TimeSpan.FromMinutes(5);
}
