using Microsoft.Extensions.Options;

namespace Proxy.Hosting;

/// <summary>Keeps some categories quiet, whatever the configuration says: they write whole URLs and broken requests, and with them connection tokens and access tokens.</summary>
/// <remarks>YARP 2.1.0's forwarder also warns of every client that goes away. Real faults are logged by the gateway itself.</remarks>
internal sealed class SecretLogRules : IPostConfigureOptions<LoggerFilterOptions>
{
    private static readonly (string Category, LogLevel Level)[] Floors =
    [
        ("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning),
        ("Microsoft.AspNetCore.Server.Kestrel.BadRequests", LogLevel.Warning),
        ("Yarp.ReverseProxy.Forwarder.HttpForwarder", LogLevel.Error),
    ];

    public void PostConfigure(string? name, LoggerFilterOptions options)
    {
        // A rule for one provider beats any rule for all of them, so that each provider named anywhere needs a floor of its own.
        var providers = options.Rules.Select(rule => rule.ProviderName).Append(null).Distinct(StringComparer.Ordinal).ToArray();
        foreach (var (category, level) in Floors)
        {
            var former = options.Rules.Where(rule => rule.CategoryName?.StartsWith(category, StringComparison.OrdinalIgnoreCase) is true).ToArray();
            foreach (var rule in former)
            {
                options.Rules.Remove(rule);
            }

            foreach (var provider in providers)
            {
                options.Rules.Add(new LoggerFilterRule(provider, category, level, filter: null));
            }
        }
    }
}
