namespace Proxy.Affinity.Sharing;

internal sealed partial class RedisStore
{
    private static partial class Log
    {
        [LoggerMessage(
            1, LogLevel.Information, "Connected to Redis at {Servers}: learned ids are shared with the other replicas.", EventName = "RedisConnected")]
        public static partial void Connected(ILogger logger, string servers);

        [LoggerMessage(2, LogLevel.Warning,
            "Redis at {Servers} cannot be reached: {Reason}. Learned ids are known to the replica that saw them until it is back; connections with a tag "
            + "are not affected.", EventName = "RedisLost")]
        public static partial void Lost(ILogger logger, string servers, string reason);

        [LoggerMessage(3, LogLevel.Information, "Redis at {Servers} is back: learned ids are shared again.", EventName = "RedisBack")]
        public static partial void Back(ILogger logger, string servers);
    }
}
