namespace Proxy.Connections;

internal sealed partial class ConnectionTable
{
    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Node '{NodeName}' handed out the id of connection {Connection}, which another node handed out before; "
            + "the first one stays its owner.", EventName = "IdConflict")]
        public static partial void IdConflict(ILogger logger, IdKey connection, string nodeName);
    }
}
