namespace Proxy.Configuration;

/// <summary><c>Gateway:Scale</c>: how nodes come and go.</summary>
public sealed class ScaleOptions
{
    /// <summary>Good probes in a row before an added node is opened.</summary>
    /// <value>0 to 1000. Default: 3.</value>
    [Limits(0, 1000, Consequence = "with more an added node opens by ScaleTimeout only")]
    public int StagingProbes { get; set; } = 3;

    /// <summary>Time between probes of a staged node.</summary>
    /// <value>00:00:00.1 to 01:00:00. Default: 00:00:02.</value>
    [Limits("00:00:00.1", "01:00:00", Consequence = "shorter is a load of its own")]
    public TimeSpan StagingInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The least time in staging; longer than it takes until every replica has the same configuration.</summary>
    /// <value>00:00:00 to 01:00:00. Default: 00:00:10.</value>
    [Limits("00:00:00", "01:00:00", Consequence = "an added node would wait for nothing")]
    public TimeSpan MinStagingTime { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>A staged node is opened after this time even if its probes fail.</summary>
    /// <value>00:00:01 to 1.00:00:00. Default: 00:05:00.</value>
    /// <remarks>5 minutes is the Azure SDK's ServiceScaleTimeout.</remarks>
    [Limits("00:00:01", "1.00:00:00", Consequence = "shorter makes staging pointless")]
    public TimeSpan ScaleTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long an opened node's share grows from nothing to full; 0 = full at once.</summary>
    /// <value>00:00:00 to 01:00:00. Default: 00:00:00.</value>
    [Limits("00:00:00", "01:00:00", Consequence = "the node would hardly get its share before it leaves again")]
    public TimeSpan SlowStart { get; set; }

    /// <summary>What becomes of the connections of a draining node.</summary>
    /// <value>Default: wait.</value>
    public DrainMode Drain { get; set; } = DrainMode.Wait;

    /// <summary>How long a drain may take before its mode decides what happens.</summary>
    /// <value>00:00:00 to 7.00:00:00. Default: 00:05:00.</value>
    [Limits("00:00:00", "7.00:00:00", Consequence = "a drain has to end")]
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Connections moved per second once a drain closes them.</summary>
    /// <value>1 to 100000. Default: 50.</value>
    [Limits(1, 100_000, Consequence = "with 0 a drain would never end")]
    public int DrainRate { get; set; } = 50;

    /// <summary>How long the gateway's own stop may take.</summary>
    /// <value>00:00:00 to 01:00:00. Default: 00:00:30.</value>
    [Limits("00:00:00", "01:00:00", Consequence = "whoever stops the gateway kills it before")]
    [WholeGateway]
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Moves live connections to less loaded nodes.</summary>
    public RebalanceOptions Rebalance { get; set; } = new();
}
