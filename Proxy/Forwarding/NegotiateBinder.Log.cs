namespace Proxy.Forwarding;

internal sealed partial class NegotiateBinder
{
    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The answer of node '{NodeName}' to a negotiate at {Path} cannot be read ({Reason}). It passes as it is: its "
            + "id is neither tagged nor remembered, and clients without cookies will not find their node. This is said once a minute.", EventName = "AnswerUnread")]
        public static partial void AnswerUnread(ILogger logger, string nodeName, string path, string reason);
    }
}
