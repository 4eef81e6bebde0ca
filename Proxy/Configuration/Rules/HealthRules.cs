namespace Proxy.Configuration;

/// <summary>What must hold in <c>Gateway:Health</c> beyond each single value.</summary>
internal static class HealthRules
{
    private const string Root = nameof(GatewayOptions.Health) + ":";

    public static void Check(HealthOptions health, Problems problems)
    {
        var probe = $"{problems.Name(Root + nameof(health.Probe))} is '{EnumNames.Text(health.Probe)}'";
        if (health.Path is { } path && (!path.StartsWith('/') || path.StartsWith("//", StringComparison.Ordinal) || path.Any(c => c is '#' or <= ' ' or > '~')))
        {
            problems.Error(Root + nameof(health.Path), $"is {Quoted.Value(path)} but must be a path such as /healthz; every probe would fail");
        }

        if (health.Probe == ProbeKind.Signalr && health.Path is null)
        {
            problems.Error(Root + nameof(health.Path), $"is not set but {probe}; the hub to connect to must be named, such as /chat");
        }

        if (health.Probe is ProbeKind.Tcp or ProbeKind.None && health.Path is not null)
        {
            problems.Warn(Root + nameof(health.Path), $"is not used, because {probe}");
        }

        if (health.Timeout > health.Interval && health.Probe != ProbeKind.None)
        {
            problems.Warn(Root + nameof(health.Timeout), $"is '{Durations.Text(health.Timeout)}', longer than {problems.Name(Root + nameof(health.Interval))}, "
                + $"'{Durations.Text(health.Interval)}'; a hung node is probed less often than that");
        }
    }
}
