namespace Proxy.Configuration;

/// <summary>Settings on the command line: <c>--KEY=VALUE</c>, <c>--KEY VALUE</c>, the same with <c>/</c>, or <c>KEY=VALUE</c>.</summary>
/// <remarks>
/// .NET's own source of configuration leaves out what has another form and takes any key, so a slip would have no effect. Here the first segment of each key
/// is checked: what stands below <c>Gateway</c> is checked with all other sources, and other sections belong to the libraries that read them.
/// </remarks>
internal static class CommandLineSettings
{
    private const string Forms = "a setting is --KEY=VALUE or --KEY VALUE, such as --Gateway:Nodes:a=http://127.0.0.1:5000";

    // The keys of ASP.NET Core's hosts (HostDefaults, WebHostDefaults, HostOptions, HostFiltering) and the sections that its builder, Kestrel and YARP read.
    private static readonly string[] Known =
    [
        GatewayOptions.SectionName, ReverseProxyRules.SectionName, ConfigurationSources.FileOption, ConfigurationSources.NginxOption,
        "AllowedHosts", "Authentication", "ConnectionStrings", "Kestrel", "Logging", "Metrics",
        "urls", "http_ports", "https_ports", "https_port", "environment", "applicationName", "contentRoot", "webRoot", "detailedErrors", "captureStartupErrors",
        "shutdownTimeoutSeconds", "servicesStartConcurrently", "servicesStopConcurrently", "hostBuilder", "preferHostingUrls", "preventHostingStartup",
        "hostingStartupAssemblies", "hostingStartupExcludeAssemblies", "startupAssembly", "staticWebAssets", "suppressStatusMessages",
        "forwardedHeaders_enabled",
    ];

    /// <summary>Finds what would have no effect.</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="words">Words and switches that are no settings, such as <c>check</c> and <c>--help</c>; one of them may have been meant.</param>
    /// <returns>A sentence for each problem. Values are never shown: they may be secrets.</returns>
    public static IReadOnlyList<string> Problems(IReadOnlyList<string> args, IReadOnlyCollection<string> words)
    {
        var problems = new List<string>();
        string? before = null;
        for (var i = 0; i < args.Count; i++)
        {
            var equals = args[i].IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? args[i] : args[i][..equals];
            if (equals < 0 && name is not ['-' or '/', ..])
            {
                problems.Add(UnknownWord(name, before, words));
                continue;
            }

            before = name;
            var hasValue = equals >= 0 || (i + 1 < args.Count && !args[i + 1].StartsWith("--", StringComparison.Ordinal));
            if (UnknownKey(name, words) is { } problem)
            {
                problems.Add(problem);
            }
            else if (!hasValue)
            {
                problems.Add($"'{name}' has no value; write {name}=VALUE.");
            }

            if (equals < 0 && hasValue)
            {
                i++;
            }
        }

        return problems;
    }

    private static string UnknownWord(string word, string? before, IReadOnlyCollection<string> words) =>
        NearestName.Find(word, words) is { } near ? $"'{word}' is not a command; did you mean '{near}'?"
        : before is null ? $"'{word}' is neither a command nor a setting; {Forms}."
        : $"A word behind '{before}' is neither a command nor a setting; a value with spaces stands in quotation marks.";

    private static string? UnknownKey(string name, IReadOnlyCollection<string> words)
    {
        var key = name.StartsWith("--", StringComparison.Ordinal) ? name[2..] : name is ['-' or '/', ..] ? name[1..] : name;
        var hasOneDash = name is ['-', not '-', ..];
        if (!hasOneDash && Known.Contains(key.Split(':')[0], StringComparer.OrdinalIgnoreCase))
        {
            return null;
        }

        return $"'{name}' is not a known setting and would have no effect; " + (Meant(key, words) is { } meant ? $"did you mean '{meant}'?" : $"{Forms}.");
    }

    /// <summary>The setting or switch that was probably meant: written as a variable of the environment, without its section, or misspelt.</summary>
    private static string? Meant(string key, IReadOnlyCollection<string> words)
    {
        var segments = key.Replace("__", ":", StringComparison.Ordinal).Split(':', 2);
        var rest = segments.Length > 1 ? ":" + segments[1] : "";
        if (OptionProperty.Find(typeof(GatewayOptions), segments[0]) is { } option)
        {
            return $"--{GatewayOptions.SectionName}:{option.Name}{rest}";
        }

        var switches = words.Where(word => word.StartsWith("--", StringComparison.Ordinal)).Select(word => word[2..]);
        return NearestName.Find(segments[0], Known.Concat(switches)) is { } near ? $"--{near}{rest}" : null;
    }
}
