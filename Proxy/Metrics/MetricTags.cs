namespace Proxy.Metrics;

/// <summary>Names of tags; each has few values. An id is never one.</summary>
internal static class MetricTags
{
    public const string Cluster = "gateway.cluster";

    public const string Node = "gateway.node";

    public const string NodeState = "gateway.node.state";

    public const string Outcome = "gateway.outcome";

    public const string ProbeResult = "gateway.probe.result";

    public const string ReloadResult = "gateway.reload.result";

    /// <summary>ASP.NET Core's name.</summary>
    public const string Transport = "signalr.transport";

    /// <summary>OpenTelemetry's name: <c>receive</c> is from clients, <c>transmit</c> to them.</summary>
    public const string Direction = "network.io.direction";
}
