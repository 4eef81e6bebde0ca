namespace Proxy.Configuration;

/// <summary><c>Gateway:Health</c>: probes; they gate new connections only.</summary>
public sealed class HealthOptions
{
    public ProbeKind Probe { get; set; } = ProbeKind.Http;

    /// <summary>Path of the probe. <see langword="null"/>: <c>/</c>, and any status below 500 is alive; otherwise 2xx is. For <c>signalr</c> the hub's path.</summary>
    public string? Path { get; set; }

    /// <summary>Time from the start of one probe to the start of the next. 100 ms to 1 h.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>A probe that takes longer has failed. 10 ms to 5 min.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Good probes in a row that bring a node back. 1 to 100.</summary>
    public int Rise { get; set; } = 1;

    /// <summary>Failed probes in a row that take a node out; after the first the next follows at once. 1 to 100.</summary>
    public int Fall { get; set; } = 2;
}
