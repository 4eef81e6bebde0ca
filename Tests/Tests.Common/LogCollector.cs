using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Tests.Common;

/// <summary>Keeps what a host logs, and knows which errors a test provokes on purpose.</summary>
public sealed class LogCollector : ILoggerProvider
{
    private readonly ConcurrentQueue<LogEntry> _entries = new();
    private readonly ConcurrentBag<Func<LogEntry, bool>> _expected = [];
    private readonly Deadline _clock = new(Timeout.InfiniteTimeSpan);
    private volatile bool _sealed;

    public IReadOnlyCollection<LogEntry> Entries => _entries;

    /// <summary>Error and critical lines that no test asked for; the test bed fails the test when there is one.</summary>
    public IReadOnlyList<LogEntry> UnexpectedErrors =>
        [.. _entries.Where(entry => entry.Level >= LogLevel.Error && !_expected.Any(expected => expected(entry)))];

    /// <summary>Declares errors that the scenario provokes.</summary>
    public void Expect(Func<LogEntry, bool> error) => _expected.Add(error);

    /// <summary>What is logged from now on is not kept.</summary>
    public void Seal() => _sealed = true;

    public ILogger CreateLogger(string categoryName) => new Logger(categoryName, this);

    public void Dispose()
    {
        // Entries are read after the host has ended.
    }

    private sealed class Logger(string category, LogCollector collector) : ILogger
    {
        // The requests are in the recorder already.
        private readonly LogLevel _level =
            category.StartsWith("Microsoft.AspNetCore.", StringComparison.Ordinal) || category.StartsWith("Yarp.", StringComparison.Ordinal)
                ? LogLevel.Warning
                : LogLevel.Information;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= _level && logLevel != LogLevel.None && !collector._sealed;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                collector._entries.Enqueue(new LogEntry(collector._clock.Elapsed, category, logLevel, eventId, formatter(state, exception), exception));
            }
        }
    }
}
