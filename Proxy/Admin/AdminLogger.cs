namespace Proxy.Admin;

/// <summary>A logger of ASP.NET Core's for the admin host: warnings and errors only, and no scopes. Its small talk repeats paths, and a path of the admin
/// listener may hold the id of a connection that somebody looks up.</summary>
internal sealed class AdminLogger(ILogger inner) : ILogger
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
