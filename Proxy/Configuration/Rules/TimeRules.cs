namespace Proxy.Configuration;

/// <summary>Durations that are allowed each but not together, or that cut what SignalR does by default.</summary>
internal static class TimeRules
{
    // LongPollingOptions.PollTimeout and HubOptions.KeepAliveInterval of ASP.NET Core.
    private static readonly TimeSpan PollTimeout = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan KeepAliveInterval = TimeSpan.FromSeconds(15);

    public static void Check(GatewayOptions options, Problems problems)
    {
        const string scale = nameof(GatewayOptions.Scale) + ":";
        const string timeouts = nameof(GatewayOptions.Timeouts) + ":";

        if (options.Scale.MinStagingTime > options.Scale.ScaleTimeout)
        {
            problems.Warn(scale + nameof(ScaleOptions.MinStagingTime), $"is '{Durations.Text(options.Scale.MinStagingTime)}', longer than "
                + $"{problems.Name(scale + nameof(ScaleOptions.ScaleTimeout))}, '{Durations.Text(options.Scale.ScaleTimeout)}', which opens a node first");
        }

        if (options.Timeouts.Connect >= options.Negotiate.Deadline)
        {
            var deadline = problems.Name($"{nameof(GatewayOptions.Negotiate)}:{nameof(NegotiationOptions.Deadline)}");
            problems.Warn(timeouts + nameof(TimeoutOptions.Connect),
                $"is '{Durations.Text(options.Timeouts.Connect)}', which leaves no time for a second node within {deadline}, "
                + $"'{Durations.Text(options.Negotiate.Deadline)}'");
        }

        if (options.Timeouts.LongPoll <= PollTimeout)
        {
            problems.Warn(timeouts + nameof(TimeoutOptions.LongPoll),
                $"is '{Durations.Text(options.Timeouts.LongPoll)}', but a node answers an idle poll after {Durations.Text(PollTimeout)} by default; "
                + "idle clients would lose their connection");
        }

        WarnBelowKeepAlive(nameof(TimeoutOptions.Stream), options.Timeouts.Stream, problems);
        WarnBelowKeepAlive(nameof(TimeoutOptions.WebSocket), options.Timeouts.WebSocket, problems);
    }

    private static void WarnBelowKeepAlive(string name, TimeSpan value, Problems problems)
    {
        if (value <= KeepAliveInterval)
        {
            problems.Warn($"{nameof(GatewayOptions.Timeouts)}:{name}",
                $"is '{Durations.Text(value)}', but a hub pings every {Durations.Text(KeepAliveInterval)} by default; "
                + "idle clients would lose their connection");
        }
    }
}
