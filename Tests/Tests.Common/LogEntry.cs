using Microsoft.Extensions.Logging;

namespace Tests.Common;

/// <summary>One log line of a host under test.</summary>
public sealed record LogEntry(string Category, LogLevel Level, EventId Event, string Message, Exception? Exception)
{
    public override string ToString() => $"{Level,-11} {Category}[{Event.Id} {Event.Name}] {Message}{(Exception is null ? "" : Environment.NewLine + Exception)}";
}
