using Microsoft.AspNetCore.Connections;
using Proxy.Decisions;
using Proxy.Outcomes;
using Yarp.ReverseProxy.Forwarder;

namespace Proxy.Forwarding.Senders;

/// <summary>Answers a request that no node has answered.</summary>
/// <remarks>YARP has set a status by then and, where the response has started, ended the connection. What is missing is the reason.</remarks>
internal sealed class FailureResponse(Refusals refusals, ILogger<StickyForwarder> logger)
{
    /// <summary>Logs the failure and writes the answer, where one can still be written.</summary>
    /// <param name="call">The request.</param>
    /// <param name="attempt">The last attempt.</param>
    /// <param name="timedOut">A limit of the gateway's own has ended it.</param>
    public ValueTask WriteAsync(ForwarderCall call, Attempt attempt, bool timedOut) =>
        (!timedOut || IsBodyLate(attempt)) && RetryRules.IsClientFailure(call.Context, attempt.Error)
            ? WriteClientFailureAsync(call, attempt)
            : WriteNodeFailureAsync(call, attempt, timedOut);

    private async ValueTask WriteClientFailureAsync(ForwarderCall call, Attempt attempt)
    {
        var context = call.Context;
        if (context.Response.HasStarted || context.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        if (IsConnectionLost(context.GetForwarderErrorFeature()?.Exception))
        {
            context.Abort(); // no client is left to read an answer, and Kestrel would log an error when it drained the body for the next request
            return;
        }

        var status = IsBodyLate(attempt)
            ? StatusCodes.Status408RequestTimeout
            : Math.Max(context.Response.StatusCode, StatusCodes.Status400BadRequest);
        await refusals.WriteAsync(context, call.Routed, new Refusal(RoutingOutcome.BadRequest) { Status = status });
    }

    /// <summary>The time for the answer has passed while the client's body had not come.</summary>
    private static bool IsBodyLate(Attempt attempt) => attempt is { Error: ForwarderError.RequestBodyCanceled, Limit.TimedOut: true };

    private async ValueTask WriteNodeFailureAsync(ForwarderCall call, Attempt attempt, bool timedOut)
    {
        var context = call.Context;
        StickyForwarder.Log.ForwardingFailed(
            logger, attempt.Node.Name, call.Routed.Request.Kind, attempt.Error, FailureText.Of(context.GetForwarderErrorFeature()?.Exception));
        if (context.Response.HasStarted)
        {
            return;
        }

        var isTime = timedOut || attempt.Error is ForwarderError.RequestTimedOut || context.Response.StatusCode is StatusCodes.Status504GatewayTimeout;
        var status = isTime ? StatusCodes.Status504GatewayTimeout : StatusCodes.Status502BadGateway;
        await refusals.WriteAsync(context, call.Routed, new Refusal(RoutingOutcome.OwnerUnreachable) { Status = status });
    }

    // Kestrel has met the end of the client's connection, and has not cancelled the request yet.
    private static bool IsConnectionLost(Exception? exception) =>
        exception is ConnectionResetException or ConnectionAbortedException || (exception?.InnerException is { } inner && IsConnectionLost(inner));
}
