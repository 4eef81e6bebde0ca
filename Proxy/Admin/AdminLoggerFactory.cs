using Microsoft.Extensions.Logging.Abstractions;

namespace Proxy.Admin;

/// <summary>The gateway's loggers for the admin host, without the host's own start-up lines: they would read as the gateway's.</summary>
internal sealed class AdminLoggerFactory(ILoggerFactory inner) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => categoryName switch
    {
        "Microsoft.Hosting.Lifetime" => NullLogger.Instance,
        _ when categoryName.StartsWith("Microsoft.", StringComparison.Ordinal) => new AdminLogger(inner.CreateLogger(categoryName)),
        _ => inner.CreateLogger(categoryName),
    };

    public void AddProvider(ILoggerProvider provider)
    {
        // The gateway's providers are the admin host's, too.
    }

    public void Dispose()
    {
        // The inner factory is the gateway's to dispose.
    }
}
