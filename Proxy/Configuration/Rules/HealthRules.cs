using System.Buffers;

namespace Proxy.Configuration;

/// <summary>What must hold in <c>Gateway:Health</c> beyond each single value.</summary>
internal static class HealthRules
{
    private const string Root = nameof(GatewayOptions.Health) + ":";

    private static readonly SearchValues<char> NotInAHost = SearchValues.Create("/?#@\\ ");

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

        if (health.Statuses is { } statuses && !StatusList.TryParse(statuses, out _))
        {
            problems.Error(Root + nameof(health.Statuses), $"is {Quoted.Value(statuses)} but must be {StatusList.Forms}; every probe would fail");
        }

        if (health.Host is { } host && !IsHost(host))
        {
            problems.Error(Root + nameof(health.Host),
                $"is {Quoted.Value(host)} but must be a host name or IP address, with a port or without; nodes would refuse every probe");
        }

        ProbeHeaderRules.Check(health.Headers, problems);
        WarnAboutUnused(health, probe, problems);
        if (health.Timeout > health.Interval && health.Probe != ProbeKind.None)
        {
            problems.Warn(Root + nameof(health.Timeout), $"is '{Durations.Text(health.Timeout)}', longer than {problems.Name(Root + nameof(health.Interval))}, "
                + $"'{Durations.Text(health.Interval)}'; a hung node is probed less often than that");
        }
    }

    private static void WarnAboutUnused(HealthOptions health, string probe, Problems problems)
    {
        var isRequest = health.Probe is ProbeKind.Http or ProbeKind.Signalr;
        foreach (var (name, isUnused) in (ReadOnlySpan<(string, bool)>)
        [
            (nameof(health.Path), health.Path is not null && !isRequest),
            (nameof(health.Statuses), health.Statuses is not null && health.Probe is not ProbeKind.Http),
            (nameof(health.Host), health.Host is not null && !isRequest),
            (nameof(health.Headers), health.Headers.Count > 0 && !isRequest),
        ])
        {
            if (isUnused)
            {
                problems.Warn(Root + name, $"is not used, because {probe}");
            }
        }
    }

    // Uri refuses what no Host field may hold: a path, a user, spaces, a port that is none.
    private static bool IsHost(string host) =>
        !host.AsSpan().ContainsAny(NotInAHost) && Uri.TryCreate($"http://{host}/", UriKind.Absolute, out var uri) && !host.EndsWith(':')
            && uri.HostNameType is UriHostNameType.Dns or UriHostNameType.IPv4 or UriHostNameType.IPv6;
}
