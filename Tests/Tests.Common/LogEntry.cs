using Microsoft.Extensions.Logging;

namespace Tests.Common;

/// <summary>One log line of a host under test.</summary>
public sealed record LogEntry(TimeSpan At, string Category, LogLevel Level, EventId Event, string Message, Exception? Exception)
{
    public override string ToString() => $"{At.TotalSeconds,7:0.000} {Level,-11} {Category}[{Event.Id} {Event.Name}] {Message}{Describe(Exception)}";

    // The stack of a warning says little, and there may be one for each connection.
    private string Describe(Exception? exception) => exception switch
    {
        null => "",
        _ when Level >= LogLevel.Error => Environment.NewLine + exception,
        _ => $" ({exception.GetType().Name}: {exception.Message})",
    };
}
