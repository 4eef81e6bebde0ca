using Proxy.Decisions;
using Yarp.ReverseProxy.Forwarder;

namespace Proxy.Forwarding.Senders;

/// <summary>Sends a request for an event stream.</summary>
/// <remarks>
/// The limit counts until the answer's head is there; <see cref="EventStreamRelay"/> limits the silence afterwards. The time limit of YARP's forwarder would
/// count for the whole stream.
/// </remarks>
internal sealed class EventStreamSender(NodeSender nodes, FailureResponse failures, TimeProvider time)
{
    public async ValueTask<ForwarderError> SendAsync(ForwarderCall call)
    {
        using var deadline = new CancellationTokenSource(call.Routed.Snapshot.Options.Timeouts.Stream, time);
        using var limit = new AttemptLimit(deadline.Token, givenUp: CancellationToken.None);
        var attempt = call.Routed.BeginAttempt(limit);
        await nodes.SendAsync(call, attempt, limit.Token);
        if (attempt.Error is not ForwarderError.None)
        {
            await failures.WriteAsync(call, attempt, limit.TimedOut);
        }

        return attempt.Error;
    }
}
