namespace Proxy.Configuration;

/// <summary>The name under which the gateway is chosen in YARP's configuration: <c>"SessionAffinity": { "Enabled": true, "Policy": "SignalR" }</c>.</summary>
internal static class StickyPolicy
{
    public const string Name = "SignalR";

    public static bool IsChosen(Yarp.ReverseProxy.Configuration.ClusterConfig? cluster) =>
        cluster?.SessionAffinity is { Enabled: true } affinity && string.Equals(affinity.Policy, Name, StringComparison.OrdinalIgnoreCase);
}
