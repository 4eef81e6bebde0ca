namespace Proxy.Configuration;

/// <summary><c>Gateway:Timeouts</c>: each counts from the last byte in either direction. 1 s to 1 day (<see cref="Connect"/>: 100 ms to 1 min).</summary>
public sealed class TimeoutOptions
{
    private const string TooShortOrLong = "shorter breaks healthy requests, longer keeps dead ones";

    /// <summary>Opening a TCP (and TLS) connection to a node.</summary>
    /// <value>00:00:00.1 to 00:01:00. Default: 00:00:05.</value>
    [Limits("00:00:00.1", "00:01:00", Consequence = "shorter fails healthy nodes, longer finds a dead node too late")]
    public TimeSpan Connect { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Requests that are none of the following.</summary>
    /// <value>00:00:01 to 1.00:00:00. Default: 00:01:40.</value>
    [Limits("00:00:01", "1.00:00:00", Consequence = TooShortOrLong)]
    public TimeSpan Http { get; set; } = TimeSpan.FromSeconds(100);

    /// <summary>Long polls; a node answers each within its PollTimeout, 90 s by default.</summary>
    /// <value>00:00:01 to 1.00:00:00. Default: 00:03:00.</value>
    [Limits("00:00:01", "1.00:00:00", Consequence = TooShortOrLong)]
    public TimeSpan LongPoll { get; set; } = TimeSpan.FromMinutes(3);

    /// <summary>Server-sent events; a hub pings every 15 s by default.</summary>
    /// <value>00:00:01 to 1.00:00:00. Default: 00:05:00.</value>
    [Limits("00:00:01", "1.00:00:00", Consequence = TooShortOrLong)]
    public TimeSpan Stream { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Open WebSockets; both sides ping every 15 s by default.</summary>
    /// <value>00:00:01 to 1.00:00:00. Default: 00:05:00.</value>
    [Limits("00:00:01", "1.00:00:00", Consequence = TooShortOrLong)]
    public TimeSpan WebSocket { get; set; } = TimeSpan.FromMinutes(5);
}
