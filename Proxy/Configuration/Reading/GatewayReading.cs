namespace Proxy.Configuration;

/// <summary>What a reading of the configuration gave.</summary>
/// <param name="Options">The options; <see langword="null"/> when there are errors.</param>
/// <param name="Kestrel">The program's listeners; those of an application that embeds the gateway are its own.</param>
/// <param name="Errors">All of them at once.</param>
/// <param name="Warnings">What is allowed but probably not meant.</param>
internal sealed record GatewayReading(
    GatewayOptions? Options, KestrelOptions Kestrel, IReadOnlyList<ConfigurationProblem> Errors, IReadOnlyList<string> Warnings);
