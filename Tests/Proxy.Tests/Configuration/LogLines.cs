using Microsoft.Extensions.Logging;

namespace Proxy.Tests.Configuration;

/// <summary>Keeps what one class logs.</summary>
internal sealed class LogLines<T> : ILogger<T>
{
    public List<(LogLevel Level, EventId Event, string Message)> Lines { get; } = [];

    public IEnumerable<string> Of(string eventName) => Lines.Where(l => l.Event.Name == eventName).Select(l => l.Message);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Lines.Add((logLevel, eventId, formatter(state, exception)));
}
