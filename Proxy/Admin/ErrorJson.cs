namespace Proxy.Admin;

/// <summary>The body of every refusal.</summary>
/// <param name="Error">A sentence for people.</param>
internal sealed record ErrorJson(string? Error);

/// <summary>The refusal of a configuration that <c>POST /affinity/replay</c> was given.</summary>
/// <param name="Error">A sentence for people.</param>
/// <param name="Messages">Every problem of the configuration.</param>
internal sealed record RefusedConfigurationJson(string Error, IReadOnlyList<string> Messages);
