using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Proxy.FunctionalTests.Admin;

/// <summary>Keeps all that any category logs at any level: text, values, scopes, exceptions.</summary>
internal sealed class EverythingLogged : ILoggerProvider, ISupportExternalScope
{
    private IExternalScopeProvider _scopes = new LoggerExternalScopeProvider();

    public ConcurrentQueue<string> Lines { get; } = new();

    public ILogger CreateLogger(string categoryName) => new Logger(categoryName, this);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    public void Dispose()
    {
        // The lines are read after the host has ended.
    }

    private sealed class Logger(string category, EverythingLogged all) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => all._scopes.Push(state);

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var line = new List<string> { $"{logLevel} {category}[{eventId.Id} {eventId.Name}] {formatter(state, exception)}" };
            line.AddRange(Values(state));
            all._scopes.ForEachScope((scope, into) => into.AddRange([$"scope {scope}", .. Values(scope)]), line);
            if (exception is not null)
            {
                line.Add(exception.ToString());
            }

            all.Lines.Enqueue(string.Join(" | ", line));
        }

        private static IEnumerable<string> Values(object? state) =>
            state is IEnumerable<KeyValuePair<string, object?>> values ? values.Select(value => $"{value.Key}={value.Value}") : [];
    }
}
