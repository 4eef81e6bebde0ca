namespace Proxy.Hosting;

/// <summary>The least level that a category logs.</summary>
/// <param name="Category">The category's name.</param>
/// <param name="Level">The level.</param>
/// <param name="IsFixed">Whether the rule holds whatever the configuration says, for all categories below it, too; otherwise it holds until the configuration
/// names the category.</param>
internal sealed record LogRule(string Category, LogLevel Level, bool IsFixed);
