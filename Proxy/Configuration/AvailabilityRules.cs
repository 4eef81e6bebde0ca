namespace Proxy.Configuration;

/// <summary>Values that the contract names and this version does not have: better refused than silently something else.</summary>
internal static class AvailabilityRules
{
    public static void Check(GatewayOptions options, Problems problems)
    {
        if (options.Tunnel is TunnelKind.Handoff)
        {
            problems.Error(nameof(options.Tunnel), "is 'handoff', which this version does not have; use 'auto', 'stream' or 'yarp'");
        }
    }
}
