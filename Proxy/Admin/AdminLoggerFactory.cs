namespace Proxy.Admin;

/// <summary>The gateway's loggers for the admin host: warnings and errors only, and no scopes.</summary>
/// <remarks>
/// The lines that a host writes at its start would read as the gateway's, and those of a request repeat its path, which may hold the id of a connection that an
/// operator looks up. A log rule cannot tell the two hosts apart: both log to the same categories.
/// </remarks>
internal sealed class AdminLoggerFactory(ILoggerFactory inner) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new Logger(inner.CreateLogger(categoryName));

    public void AddProvider(ILoggerProvider provider)
    {
        // The gateway's providers are the admin host's, too.
    }

    public void Dispose()
    {
        // The gateway disposes of its factory.
    }

    private sealed class Logger(ILogger inner) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning && inner.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                inner.Log(logLevel, eventId, state, exception, formatter);
            }
        }
    }
}
