namespace Proxy.Nginx.Runtime;

internal sealed partial class NginxRuntime
{
    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "nginx.conf: {Note}", EventName = "NginxDirectiveDefault")]
        public static partial void TakenAsDefault(ILogger logger, string note);

        [LoggerMessage(2, LogLevel.Warning, "nginx.conf: {Note}", EventName = "NginxDirectiveDifferent")]
        public static partial void TakenOtherwise(ILogger logger, string note);
    }
}
