using Proxy.Requests;
using Yarp.ReverseProxy.Forwarder;

namespace Proxy.Forwarding;

internal sealed partial class StickyForwarder
{
    /// <summary>What the forwarder and its senders log, in one category.</summary>
    internal static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Forwarding to node '{NodeName}' failed ({Kind}, {Error}): {Message}", EventName = "ForwardingFailed")]
        public static partial void ForwardingFailed(ILogger logger, string nodeName, RequestKind kind, ForwarderError error, string message);

        [LoggerMessage(2, LogLevel.Information, "Node '{NodeName}' did not take a new connection ({Error}); it is tried on '{NextNodeName}'.",
            EventName = "TryingElsewhere")]
        public static partial void TryingElsewhere(ILogger logger, string nodeName, string nextNodeName, ForwarderError error);
    }
}
