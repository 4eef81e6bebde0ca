using System.Runtime.CompilerServices;
using Yarp.ReverseProxy.Forwarder;

namespace Proxy.Forwarding.Senders;

/// <summary>Sends a request once, to its owner, until the owner has fallen silent: sends of every transport, and what no other sender is for.</summary>
internal sealed class SingleSender(NodeSender nodes, FailureResponse failures)
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<ForwarderError> SendAsync(ForwarderCall call)
    {
        var attempt = call.Routed.BeginAttempt();
        await nodes.SendAsync(call, attempt, attempt.Silent);
        if (attempt.Error is not ForwarderError.None)
        {
            await failures.WriteAsync(call, attempt, attempt.TimedOut);
        }

        return attempt.Error;
    }
}
