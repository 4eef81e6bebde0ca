using Microsoft.Extensions.Options;

namespace Proxy.Hosting;

/// <summary>Adds the gateway's rules to those that the configuration has for its logs.</summary>
/// <remarks>
/// Among the rules of .NET's logging one for a provider beats any for all providers, then the longest category wins, then the last rule. A level for one
/// provider alone would therefore switch off a rule for all of them, so each provider that is named anywhere gets a rule of its own.
/// </remarks>
internal sealed class LogRules(IEnumerable<LogRule> rules) : IPostConfigureOptions<LoggerFilterOptions>
{
    public void PostConfigure(string? name, LoggerFilterOptions options)
    {
        var providers = options.Rules.Select(configured => configured.ProviderName).Append(null).Distinct(StringComparer.Ordinal).ToArray();
        foreach (var rule in rules)
        {
            if (rule.IsFixed)
            {
                Remove(options.Rules, rule.Category);
            }

            var naming = options.Rules
                .Where(configured => string.Equals(configured.CategoryName, rule.Category, StringComparison.OrdinalIgnoreCase))
                .Select(configured => configured.ProviderName)
                .ToArray();
            foreach (var provider in providers.Where(
                provider => !naming.Contains(provider, StringComparer.Ordinal) && !naming.Contains(null, StringComparer.Ordinal)))
            {
                options.Rules.Add(new LoggerFilterRule(provider, rule.Category, rule.Level, filter: null));
            }
        }
    }

    private static void Remove(IList<LoggerFilterRule> rules, string category)
    {
        for (var i = rules.Count - 1; i >= 0; i--)
        {
            if (rules[i].CategoryName?.StartsWith(category, StringComparison.OrdinalIgnoreCase) is true)
            {
                rules.RemoveAt(i);
            }
        }
    }
}
