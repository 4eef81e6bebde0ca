namespace Proxy.Configuration;

/// <summary>What a reading of the configuration gave.</summary>
/// <param name="Options">The options; <see langword="null"/> when there are errors.</param>
/// <param name="Errors">All of them at once.</param>
/// <param name="Warnings">What is allowed but probably not meant.</param>
internal sealed record GatewayReading(GatewayOptions? Options, IReadOnlyList<ConfigurationProblem> Errors, IReadOnlyList<string> Warnings);
