namespace Proxy.Metrics;

/// <summary>Names of tags. Each tag has few values; the id of a connection is never one of them.</summary>
internal static class MetricTags
{
    public const string Cluster = "gateway.cluster";

    public const string Node = "gateway.node";

    public const string NodeState = "gateway.node.state";

    public const string Outcome = "gateway.outcome";

    public const string ProbeResult = "gateway.probe.result";

    public const string ReloadResult = "gateway.reload.result";

    /// <summary>The name is ASP.NET Core's.</summary>
    public const string Transport = "signalr.transport";

    /// <summary>The name is OpenTelemetry's. <c>receive</c> is from clients, <c>transmit</c> is to clients.</summary>
    public const string Direction = "network.io.direction";
}
