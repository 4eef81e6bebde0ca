using System.Runtime.CompilerServices;
using Proxy.Decisions;
using Yarp.ReverseProxy.Forwarder;

namespace Proxy.Forwarding.Senders;

/// <summary>Sends a poll, which can be given up while its node has not answered.</summary>
/// <remarks>
/// A gateway that stops answers a pending poll as one that ran out of time: the client polls again, the next gateway finds the owner by the tag, and the
/// connection goes on; aborting the poll would end it. A client that has to move gets 204, which says that the connection is over.
/// </remarks>
internal sealed class PollSender(NodeSender nodes, FailureResponse failures, CorsMemory cors, IHostApplicationLifetime lifetime)
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<ForwarderError> SendAsync(ForwarderCall call)
    {
        using var limit = new AttemptLimit(deadline: CancellationToken.None, lifetime.ApplicationStopping);
        var attempt = call.Routed.BeginAttempt(limit);
        await nodes.SendAsync(call, attempt, limit.Token);
        if (attempt.Error is ForwarderError.None)
        {
            return ForwarderError.None;
        }

        if (limit.Token.IsCancellationRequested && !call.Context.Response.HasStarted && !call.Context.RequestAborted.IsCancellationRequested)
        {
            AnswerGivenUp(call, limit.IsMoving);
            return ForwarderError.None;
        }

        await failures.WriteAsync(call, attempt, timedOut: false);
        return attempt.Error;
    }

    private void AnswerGivenUp(ForwarderCall call, bool isMoving)
    {
        call.ResetResponse();
        if (isMoving)
        {
            call.Context.Response.StatusCode = StatusCodes.Status204NoContent;
        }
        else
        {
            call.Context.Response.ContentLength = 0;
        }

        call.Context.Response.Headers.CacheControl = "no-cache, no-store";
        cors.Write(call.Context, call.Routed);
    }
}
