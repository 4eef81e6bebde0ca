using Microsoft.Extensions.Logging;

namespace LoadTests.Connections;

internal static partial class HttpConnectionLog
{
    [LoggerMessage(1, LogLevel.Debug, "Connection {ConnectionId} established over {Transport}.", EventName = "Established")]
    public static partial void Established(ILogger logger, string? connectionId, string transport);

    [LoggerMessage(2, LogLevel.Debug, "Connection could not be started over {Transport}; the next transport is tried.", EventName = "TransportRefused")]
    public static partial void TransportRefused(ILogger logger, string transport, Exception error);

    [LoggerMessage(3, LogLevel.Debug, "Connection {ConnectionId} lost its socket; it is dialled again under the same id.", EventName = "Resuming")]
    public static partial void Resuming(ILogger logger, string? connectionId, Exception error);

    [LoggerMessage(4, LogLevel.Debug, "Connection {ConnectionId} ended with an error; its reader gets it.", EventName = "Failed")]
    public static partial void Failed(ILogger logger, string? connectionId, Exception error);
}
