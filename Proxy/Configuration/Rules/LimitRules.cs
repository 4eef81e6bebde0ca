namespace Proxy.Configuration;

/// <summary>What must hold between the keys of <c>Kestrel:Limits</c>.</summary>
internal static class LimitRules
{
    private const string Root = nameof(KestrelOptions.Limits) + ":";

    public static void Check(IConfigurationSection section, KestrelLimitOptions limits, Problems problems)
    {
        if (limits.MaxRequestBufferSize is { } buffer)
        {
            foreach (var (name, least) in new[]
            {
                (nameof(limits.MaxRequestLineSize), limits.MaxRequestLineSize), (nameof(limits.MaxRequestHeadersTotalSize), limits.MaxRequestHeadersTotalSize),
            })
            {
                if (buffer < least)
                {
                    problems.Error(Root + nameof(limits.MaxRequestBufferSize),
                        $"is {buffer} but must be at least {problems.Name(Root + name)}, which is {least}; a request of that size could not be read");
                }
            }
        }

        // What an explicit null means here cannot be told from an empty section, whose defaults would apply.
        foreach (var rate in section.GetChildren().Where(IsEmptyRate))
        {
            problems.Error(Root + rate.Key, $"is empty; to set no rate write {problems.Name($"{Root}{rate.Key}")}:BytesPerSecond with null or an empty value, "
                + "or the default would stay in use");
        }
    }

    private static bool IsEmptyRate(IConfigurationSection section) =>
        (string.Equals(section.Key, nameof(KestrelLimitOptions.MinRequestBodyDataRate), StringComparison.OrdinalIgnoreCase)
            || string.Equals(section.Key, nameof(KestrelLimitOptions.MinResponseDataRate), StringComparison.OrdinalIgnoreCase))
        && string.IsNullOrEmpty(section.Value) && !section.GetChildren().Any();
}
