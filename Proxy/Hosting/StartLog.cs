using Microsoft.Extensions.Options;

namespace Proxy.Hosting;

/// <summary>Keeps the host and Kestrel from logging why the program cannot start, each with a stack trace: it is said once, in words, when the program
/// ends.</summary>
/// <remarks>A fault of the program ends it with its own stack trace, so that nothing is lost. Once the program has started, all is logged.</remarks>
internal sealed class StartLog : IPostConfigureOptions<LoggerFilterOptions>
{
    private static readonly string[] Categories = ["Microsoft.Extensions.Hosting.Internal.Host", "Microsoft.AspNetCore.Server.Kestrel"];

    private volatile bool _hasStarted;

    /// <summary>The program has started.</summary>
    public void Open() => _hasStarted = true;

    public void PostConfigure(string? name, LoggerFilterOptions options)
    {
        var providers = options.Rules.Select(static rule => rule.ProviderName).Append(null).Distinct(StringComparer.Ordinal).ToArray();
        var added = providers.SelectMany(provider => Categories.Select(category => Hold(provider, category, Effective(options, provider, category)))).ToList();
        foreach (var rule in added)
        {
            options.Rules.Add(rule);
        }
    }

    private LoggerFilterRule Hold(string? provider, string category, (LogLevel? Level, Func<string?, string?, LogLevel, bool>? Filter) rule) =>
        new(provider, category, rule.Level, (by, of, level) => (_hasStarted || level < LogLevel.Error) && rule.Filter?.Invoke(by, of, level) is not false);

    // As .NET chooses: a rule for the provider before one for all, then the longest category, then the last.
    private static (LogLevel? Level, Func<string?, string?, LogLevel, bool>? Filter) Effective(LoggerFilterOptions options, string? provider, string category)
    {
        var rule = options.Rules.Index()
            .Where(rule => (rule.Item.ProviderName is null || string.Equals(rule.Item.ProviderName, provider, StringComparison.Ordinal))
                && category.StartsWith(rule.Item.CategoryName ?? "", StringComparison.OrdinalIgnoreCase))
            .OrderBy(static rule => rule.Item.ProviderName is not null)
            .ThenBy(static rule => rule.Item.CategoryName?.Length ?? 0)
            .ThenBy(static rule => rule.Index)
            .Select(static rule => rule.Item).LastOrDefault();
        return rule is null ? (options.MinLevel, null) : (rule.LogLevel, rule.Filter);
    }
}
