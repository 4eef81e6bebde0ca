namespace Proxy.Configuration;

/// <summary>A change that was refused, while the configuration before it stays in use.</summary>
/// <param name="At">When it was read.</param>
/// <param name="Messages">Every problem.</param>
internal sealed record ConfigurationRejection(DateTimeOffset At, IReadOnlyList<string> Messages);
