namespace Proxy.Configuration;

/// <summary>How a cluster of YARP's configuration chooses the gateway: <c>"SessionAffinity": { "Enabled": true, "Policy": "SignalR" }</c>.</summary>
internal static class StickyCluster
{
    public const string PolicyName = "SignalR";

    public static bool IsChosen(Yarp.ReverseProxy.Configuration.ClusterConfig? cluster) =>
        cluster?.SessionAffinity is { Enabled: true } affinity && string.Equals(affinity.Policy, PolicyName, StringComparison.OrdinalIgnoreCase);
}
