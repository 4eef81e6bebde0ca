namespace Proxy.Configuration;

/// <summary><c>Gateway:Scale</c>: how nodes come and go.</summary>
public sealed class ScaleOptions
{
    /// <summary>Good probes in a row before an added node is opened. 0 to 1000.</summary>
    public int StagingProbes { get; set; } = 3;

    /// <summary>Time between probes of a staged node. 100 ms to 1 h.</summary>
    public TimeSpan StagingInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The least time in staging; longer than it takes until every replica has the same configuration. 0 to 1 h.</summary>
    public TimeSpan MinStagingTime { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>A staged node is opened after this time even if its probes fail. 1 s to 1 day.</summary>
    public TimeSpan ScaleTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long an opened node's share grows from nothing to full; 0 = full at once. 0 to 1 h.</summary>
    public TimeSpan SlowStart { get; set; }

    public DrainMode Drain { get; set; } = DrainMode.Wait;

    /// <summary>How long a drain may take before its mode decides what happens. 0 to 7 days.</summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Connections moved per second once a drain closes them. 1 to 100,000.</summary>
    public int DrainRate { get; set; } = 50;

    /// <summary>How long the gateway's own stop may take. 0 to 1 h.</summary>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(30);

    public RebalanceOptions Rebalance { get; set; } = new();
}
