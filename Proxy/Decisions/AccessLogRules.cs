using Microsoft.Extensions.Options;

namespace Proxy.Decisions;

/// <summary>The access log is written only for those who name its category: a default level of Information must not bring a line for each request.</summary>
internal sealed class AccessLogRules : IPostConfigureOptions<LoggerFilterOptions>
{
    public void PostConfigure(string? name, LoggerFilterOptions options)
    {
        // A rule for one provider beats any rule for all of them, so that each provider named anywhere needs one.
        var providers = options.Rules.Select(rule => rule.ProviderName).Append(null).Distinct(StringComparer.Ordinal).ToArray();
        var named = options.Rules.Where(rule => string.Equals(rule.CategoryName, AccessLog.Category, StringComparison.OrdinalIgnoreCase)).Select(rule => rule.ProviderName).ToArray();
        foreach (var provider in providers.Where(provider => !named.Contains(provider, StringComparer.Ordinal) && !named.Contains(null, StringComparer.Ordinal)))
        {
            options.Rules.Add(new LoggerFilterRule(provider, AccessLog.Category, LogLevel.Warning, filter: null));
        }
    }
}
