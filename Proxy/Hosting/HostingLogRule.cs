using Microsoft.Extensions.Options;

namespace Proxy.Hosting;

/// <summary>Switches off the host's own log of requests: as long as anything of it could be written, it makes an Activity and a log scope for each request.</summary>
/// <remarks>For the gateway as a program, which has a log of its own. Tracing asks for activities by itself, and gets them.</remarks>
internal sealed class HostingLogRule : IPostConfigureOptions<LoggerFilterOptions>
{
    private const string Category = "Microsoft.AspNetCore.Hosting.Diagnostics";

    public void PostConfigure(string? name, LoggerFilterOptions options)
    {
        foreach (var provider in options.Rules.Select(rule => rule.ProviderName).Append(null).Distinct(StringComparer.Ordinal).ToArray())
        {
            options.Rules.Add(new LoggerFilterRule(provider, Category, LogLevel.None, filter: null)); // the last of equal rules wins
        }
    }
}
