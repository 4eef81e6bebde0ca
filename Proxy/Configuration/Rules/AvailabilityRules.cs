namespace Proxy.Configuration;

/// <summary>Values that this machine cannot give: better refused than silently something else.</summary>
internal static class AvailabilityRules
{
    public static void Check(GatewayOptions options, Problems problems)
    {
        if (options.Tunnel is TunnelKind.Handoff && !OperatingSystem.IsLinux())
        {
            problems.Error(nameof(options.Tunnel), "is 'handoff', which only Linux has; use 'auto', 'stream' or 'yarp'");
        }
    }
}
