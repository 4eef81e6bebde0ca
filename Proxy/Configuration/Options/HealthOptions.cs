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
