namespace Proxy.Configuration;

/// <summary><c>Gateway:Health</c>: probes; they gate new connections only.</summary>
public sealed class HealthOptions
{
    /// <summary>How a node is asked.</summary>
    /// <value>Default: http.</value>
    public ProbeKind Probe { get; set; } = ProbeKind.Http;

    /// <summary>Path of the probe; begins with <c>/</c>. <see langword="null"/>: <c>/</c>, and any status below 500 is alive; otherwise 2xx is.
    /// For <see cref="ProbeKind.Signalr"/> the hub's path, which must be given.</summary>
    /// <value>Default: none.</value>
    public string? Path { get; set; }

    /// <summary>The statuses of an answer to <see cref="ProbeKind.Http"/> that count as alive; <see langword="null"/>: as <see cref="Path"/> says.</summary>
    /// <value>Numbers and ranges from 100 to 599, separated by commas, such as <c>200-299,307</c>. Default: none.</value>
    public string? Statuses { get; set; }

    /// <summary>The Host that probes send. <see langword="null"/>: the <c>Host</c> of YARP's destination, else host and port of the node's address.</summary>
    /// <value>A host name or IP address, a port allowed. Default: none.</value>
    /// <remarks>Clients' requests reach a node with the Host that the client has sent, which no probe can know.</remarks>
    public string? Host { get; set; }

    /// <summary>Header fields that probes send besides their own, for <see cref="ProbeKind.Http"/> and <see cref="ProbeKind.Signalr"/>.</summary>
    /// <value>Values by name, such as <c>X-Forwarded-Proto</c>. None that HTTP needs for the connection, the body or the WebSocket. Default: none.</value>
    [Secret]
    public IReadOnlyDictionary<string, string> Headers { get; set; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Time from the start of one probe to the start of the next.</summary>
    /// <value>00:00:00.1 to 01:00:00. Default: 00:00:02.</value>
    [Limits("00:00:00.1", "01:00:00", Consequence = "shorter is a load of its own, longer finds a dead node too late")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>A probe that takes longer has failed.</summary>
    /// <value>00:00:00.01 to 00:05:00. Default: 00:00:01.</value>
    [Limits("00:00:00.01", "00:05:00", Consequence = "shorter fails healthy nodes, longer finds a hung node too late")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Good probes in a row that bring a node back.</summary>
    /// <value>1 to 100. Default: 1.</value>
    [Limits(1, 100, Consequence = "with more a node hardly ever comes back")]
    public int Rise { get; set; } = 1;

    /// <summary>Failed probes in a row that take a node out; after the first the next follows at once.</summary>
    /// <value>1 to 100. Default: 2.</value>
    [Limits(1, 100, Consequence = "with more a dead node hardly ever leaves")]
    public int Fall { get; set; } = 2;
}
