using System.Net;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Proxy.Authentication;
using Proxy.Clusters;
using Proxy.Configuration;
using Proxy.Connections;
using Proxy.Decisions;
using Proxy.Outcomes;
using Proxy.Requests;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Transforms;

namespace Proxy.Forwarding;

/// <summary>Takes in a node's answer before the client sees any of it, and says what becomes of it: steps 6 and 7 of <see cref="StickyForwarder"/>.</summary>
/// <remarks>
/// 6.1. Note that the node has answered. 6.2. Refuse what is not HTTP. 6.3. Drop fields that end here. 6.4. Let a challenge pass where it can work.
/// 6.5. Try another node for a failed negotiate. 6.6. Bind a new id to the node, and remember what the node lets pages of the request's origin read.
/// 6.7. Write the cookie and the diagnostics. 6.8. Count what has opened. 6.9. Send what was read of the body.
/// </remarks>
internal sealed class ResponseSteps(
    NegotiateBinder binder, NodeOperations operations, RequestFollower follower, Refusals refusals, CorsMemory cors, NextNodeSelector selector,
    AnswerMarks marks, ConnectionAuthentication authentication, TimeProvider time)
{
    public async ValueTask ApplyAsync(ResponseTransformContext context)
    {
        // Without an answer the sender reports the failure.
        if (context.ProxyResponse is { } answer && context.HttpContext.Features.Get<RoutedRequest>() is { Attempt: { } attempt } routed)
        {
            // 6. → 7.
            attempt.Verdict = await DecideAsync(context, answer, routed, attempt);
            context.SuppressResponseBody = attempt.Verdict != Verdict.Relay;
            if (attempt.Verdict == Verdict.RelayEvents)
            {
                await RelayEventsAsync(context.HttpContext, answer, routed, attempt);
            }
        }
    }

    private async ValueTask<Verdict> DecideAsync(ResponseTransformContext context, HttpResponseMessage answer, RoutedRequest routed, Attempt attempt)
    {
        // 6.1. Note that the node has answered.
        var http = context.HttpContext;
        var status = (int)answer.StatusCode;
        var isTunnel = IsTunnel(answer, routed);
        attempt.Node.State.RecordActivity();
        attempt.Answered(status, isOpen: isTunnel || routed.Request.Kind is not RequestKind.Negotiate);

        // 6.2. Refuse what is not HTTP.
        if (status is < 100 or > 599 || (status is StatusCodes.Status101SwitchingProtocols && !isTunnel) || IsCodedInTransfer(answer))
        {
            await refusals.WriteAsync(http, routed, new Refusal(RoutingOutcome.OwnerUnreachable, "The hub node's answer is not HTTP."));
            return Verdict.Answered;
        }

        if (answer.Headers.NonValidated.TryGetValues("X-Boot-Id", out var bootId))
        {
            operations.SawBootId(attempt.Node.State, bootId.ToString());
        }

        // 6.3. Drop fields that end here.
        FieldRules.DropNominated(ConnectionOf(answer), http.Response.Headers);
        var hasNoBody = status is StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent;
        if (hasNoBody)
        {
            http.Response.ContentLength = null; // some nodes announce a body, and even send one
        }

        // 6.4. Let a challenge pass where it can work.
        if (status is StatusCodes.Status401Unauthorized && authentication.TakeChallenges(http, attempt.Node, SettingsOf(http, routed, attempt)) is { } instead)
        {
            await refusals.WriteAsync(http, routed, instead);
            return Verdict.Answered;
        }

        // 6.5. Try another node for a failed negotiate.
        var isRepeatable = RetryRules.IsRepeatable(http, routed.Request);
        if (isRepeatable && RetryRules.IsUnavailable(status))
        {
            operations.NegotiateFailed(attempt.Node);
            if (!routed.Request.HasConnectionCredentials && selector.Select(http, routed) is { } next)
            {
                return new Verdict.TryNextNode(next);
            }
        }

        // 6.6. Bind a new id to the node, and remember what the node lets pages of the request's origin read.
        var bound = default(BoundAnswer);
        if (routed.Request.Kind is RequestKind.Negotiate && status is StatusCodes.Status200OK)
        {
            bound = await BindAsync(context, answer, routed);
        }

        cors.Learn(http, routed); // for the hub, which may be known only now
        if (bound.Result is BindResult.Full)
        {
            await refusals.WriteAsync(http, routed, new Refusal(RoutingOutcome.OverCapacity, "The gateway's store of ids is full."));
            return Verdict.Answered;
        }

        if (isRepeatable && !RetryRules.IsUnavailable(status))
        {
            attempt.Node.State.Health.NegotiateSucceeded(); // only now, because its body could have broken off
        }

        // 6.7. Write the cookie and the diagnostics.
        marks.Write(http, routed, status);

        // 6.8. Count what has opened.
        var isEventStream = EventStreamRelay.IsEventStream(answer);
        if (isTunnel || isEventStream)
        {
            follower.Opened(http, routed);
        }

        // 6.9. Send what was read of the body. YARP copies the rest of one that was too large to be read.
        if (bound.Body is { } body)
        {
            await http.Response.Body.WriteAsync(body, context.CancellationToken);
            return bound.IsComplete ? Verdict.Answered : Verdict.Relay;
        }

        return hasNoBody ? Verdict.Answered : isEventStream ? Verdict.RelayEvents : Verdict.Relay;
    }

    private async ValueTask<BoundAnswer> BindAsync(ResponseTransformContext context, HttpResponseMessage answer, RoutedRequest routed)
    {
        if (routed.Snapshot.Options.Affinity.Mode is AffinityMode.Cookie or AffinityMode.ClientIp or AffinityMode.None)
        {
            binder.LearnHub(answer, routed);
            return default;
        }

        var bound = await binder.BindAsync(answer, routed, context.HttpContext.ClientAddress()?.ToString(), context.CancellationToken);
        if (bound.IsRewritten)
        {
            var headers = context.HttpContext.Response.Headers;
            headers.ContentLength = bound.Body!.Length;
            headers.ContentEncoding = default; // what is tagged is plain
            headers.ETag = default;
            headers.Remove("Digest");
            headers.Remove("Content-Digest");
            headers.Remove("Repr-Digest");
            headers.ContentMD5 = default;
        }

        return bound;
    }

    private async ValueTask RelayEventsAsync(HttpContext context, HttpResponseMessage answer, RoutedRequest routed, Attempt attempt)
    {
        // YARP sends the head with the first byte of the body, but a client waits for an event stream to open.
        await context.Response.Body.FlushAsync(context.RequestAborted);
        using var relay = new EventStreamRelay(
            time, routed.Snapshot.Options.Timeouts.Stream, attempt.Node.State, attempt.Connection, isCoded: ContentCodings.Of(answer.Content).Count > 0);
        attempt.Connection?.Attach(relay);
        await using var events = await answer.Content.ReadAsStreamAsync(context.RequestAborted);
        var isComplete = await relay.RunAsync(events, context.Response.Body, context.RequestAborted);
        routed.Access?.Ended(relay.End!.Value, bytesIn: 0, relay.Bytes);
        if (!isComplete)
        {
            if (!context.RequestAborted.IsCancellationRequested && relay.End is not TunnelEnd.Moved)
            {
                attempt.Node.State.ProbeSoon(); // the node's end broke
            }

            context.Abort(); // a stream that broke must not look complete
        }
    }

    private static bool IsTunnel(HttpResponseMessage answer, RoutedRequest routed) =>
        routed.Request.Transport is Transport.WebSockets
        && (answer.StatusCode is HttpStatusCode.SwitchingProtocols || (answer.StatusCode is HttpStatusCode.OK && answer.Version == HttpVersion.Version20));

    // HttpClient takes "gzip, chunked" for chunked, and the client would get coded bytes that nothing names (RFC 9112 6.1).
    private static bool IsCodedInTransfer(HttpResponseMessage answer) =>
        answer.Headers.NonValidated.TryGetValues(HeaderNames.TransferEncoding, out var codings)
        && codings.ToString() is var text && !text.Equals("chunked", StringComparison.OrdinalIgnoreCase)
        && !text.Equals("identity", StringComparison.OrdinalIgnoreCase);

    private static ForwarderRequestConfig SettingsOf(HttpContext context, RoutedRequest routed, Attempt attempt) => routed.Snapshot.Timeouts.For(
        context.GetReverseProxyFeature().Cluster.Config.HttpRequest ?? ForwarderRequestConfig.Empty, attempt.Node.Options.Protocol, routed.Request.Transport);

    private static StringValues ConnectionOf(HttpResponseMessage answer) =>
        answer.Headers.NonValidated.TryGetValues(HeaderNames.Connection, out var values) ? values.ToString() : default(StringValues);
}
