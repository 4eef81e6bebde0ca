namespace Proxy.Configuration;

internal sealed partial class LiveConfiguration
{
    private static partial class Log
    {
        [LoggerMessage(
            1, LogLevel.Information, "Configuration version {Version} is in use, with {Nodes} nodes in Gateway:Nodes.", EventName = "ConfigurationAccepted")]
        public static partial void ConfigurationAccepted(ILogger logger, int version, int nodes);

        [LoggerMessage(2, LogLevel.Error, "The changed configuration has {Count} problem(s) and is not used; version {Version} stays in use.\n{Problems}",
            EventName = "ConfigurationRejected")]
        public static partial void ConfigurationRejected(ILogger logger, int version, int count, string problems);

        [LoggerMessage(3, LogLevel.Information, "The configuration is again what is in use, version {Version}.", EventName = "ConfigurationRestored")]
        public static partial void ConfigurationRestored(ILogger logger, int version);

        [LoggerMessage(4, LogLevel.Warning, "{Warning}", EventName = "ConfigurationWarning")]
        public static partial void ConfigurationWarning(ILogger logger, string warning);

        [LoggerMessage(5, LogLevel.Error, "{Listener} failed to apply configuration version {Version} and goes on with what it had.",
            EventName = "ConfigurationListenerFailed")]
        public static partial void ListenerFailed(ILogger logger, Exception exception, string listener, int version);

        [LoggerMessage(
            6, LogLevel.Error, "The changed configuration could not be read; version {Version} stays in use.", EventName = "ConfigurationReloadFailed")]
        public static partial void ReloadFailed(ILogger logger, Exception exception, int version);
    }
}
