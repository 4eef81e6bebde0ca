using System.Net;
using Microsoft.Net.Http.Headers;
using Proxy.Clusters;
using Proxy.Configuration;
using Proxy.Connections;
using Proxy.Decisions;
using Proxy.Outcomes;
using Proxy.Requests;
using Yarp.ReverseProxy.Transforms;

namespace Proxy.Forwarding;

/// <summary>Takes in a node's answer before the client sees any of it: another node for a failed negotiate, the binding of a new id, the cookie.</summary>
internal sealed class ResponseSteps(NegotiateBinder binder, NodeOperations operations, RequestFollower follower, Refusals refusals, Elsewhere elsewhere, TimeProvider time)
{
    public async ValueTask ApplyAsync(ResponseTransformContext context)
    {
        if (context.ProxyResponse is not { } answer || context.HttpContext.Features.Get<RoutedRequest>() is not { } routed)
        {
            return; // nothing came back; the forwarder reports it
        }

        var http = context.HttpContext;
        var status = (int)answer.StatusCode;
        var isTunnel = IsTunnel(answer, routed);
        routed.NodeStatus = status;
        routed.Node.State.RecordActivity();
        routed.Lease?.Dispose();
        routed.Limit?.Answered(isTunnel || routed.Request.Kind is not RequestKind.Negotiate);

        if (status is < 100 or > 599 || (status is StatusCodes.Status101SwitchingProtocols && !isTunnel))
        {
            context.SuppressResponseBody = true;
            await refusals.WriteAsync(http, routed, new Refusal(RoutingOutcome.OwnerUnreachable, "The hub node's answer is not HTTP."));
            return;
        }

        if (answer.Headers.NonValidated.TryGetValues("X-Boot-Id", out var bootId))
        {
            operations.SawBootId(routed.Node.State, bootId.ToString());
        }

        FieldRules.DropNominated(ConnectionOf(answer), http.Response.Headers);
        var isRepeatable = RetryRules.IsRepeatable(http, routed.Request);
        if (isRepeatable && RetryRules.IsUnavailable(status))
        {
            operations.NegotiateFailed(routed.Node);
            if (elsewhere.FindNext(http, routed) is { } next)
            {
                routed.Next = next;
                context.SuppressResponseBody = true;
                return;
            }
        }

        if (routed.Request.Kind is RequestKind.Negotiate && status is StatusCodes.Status200OK && !await BindAsync(context, answer, routed))
        {
            return;
        }

        if (isRepeatable && !RetryRules.IsUnavailable(status))
        {
            routed.Node.State.Health.NegotiateSucceeded(); // only now: its body could have broken off
        }

        WriteCookie(http, routed, status);
        WriteDiagnostics(http, routed);
        if (isTunnel || IsEventStream(answer))
        {
            follower.Opened(http, routed);
        }

        await FinishAsync(context, answer, routed);
    }

    // Reads a negotiate's answer. False: the gateway has answered in the node's place.
    private async ValueTask<bool> BindAsync(ResponseTransformContext context, HttpResponseMessage answer, RoutedRequest routed)
    {
        if (routed.Snapshot.Options.Affinity.Mode is AffinityMode.Cookie or AffinityMode.ClientIp or AffinityMode.None)
        {
            binder.LearnHub(answer, routed);
            return true;
        }

        var bound = await binder.BindAsync(answer, routed, context.HttpContext.ClientAddress()?.ToString(), context.CancellationToken);
        if (bound.Result is BindResult.Full)
        {
            context.SuppressResponseBody = true;
            await refusals.WriteAsync(context.HttpContext, routed, new Refusal(RoutingOutcome.OverCapacity, "The gateway's store of ids is full."));
            return false;
        }

        routed.Prefetched = bound.Body;
        if (bound.IsRewritten)
        {
            context.HttpContext.Response.ContentLength = bound.Body!.Length;
            context.HttpContext.Response.Headers.ETag = default;
            context.HttpContext.Response.Headers.Remove("Digest");
            context.HttpContext.Response.Headers.Remove("Content-Digest");
            context.HttpContext.Response.Headers.Remove("Repr-Digest");
            context.HttpContext.Response.Headers.ContentMD5 = default;
        }

        routed.IsPrefetchComplete = bound.IsComplete;
        return true;
    }

    private async ValueTask FinishAsync(ResponseTransformContext context, HttpResponseMessage answer, RoutedRequest routed)
    {
        var response = context.HttpContext.Response;
        if (routed.Prefetched is { } body)
        {
            // What was read for its id goes out now; what was not read (too large) is copied behind it by YARP.
            context.SuppressResponseBody = routed.IsPrefetchComplete;
            await response.Body.WriteAsync(body, context.CancellationToken);
        }
        else if (IsEventStream(answer))
        {
            // YARP sends headers with the first byte of the body; a client waits for an event stream to open.
            await response.Body.FlushAsync(context.CancellationToken);
            context.SuppressResponseBody = true;
            await RelayAsync(context.HttpContext, answer, routed);
        }
    }

    private async ValueTask RelayAsync(HttpContext context, HttpResponseMessage answer, RoutedRequest routed)
    {
        using var relay = new EventStreamRelay(time, routed.Snapshot.Options.Timeouts.Stream, routed.Node.State, routed.Connection);
        routed.Connection?.Attach(relay);
        await using var events = await answer.Content.ReadAsStreamAsync(context.RequestAborted);
        var isComplete = await relay.RunAsync(events, context.Response.Body, context.RequestAborted);
        routed.Access?.Ended(relay.End, bytesIn: 0, relay.Bytes);
        if (!isComplete)
        {
            if (!context.RequestAborted.IsCancellationRequested)
            {
                routed.Node.State.ProbeSoon(); // it is the node's end that broke
            }

            context.Abort(); // a stream that broke must not look complete
        }
    }

    private void WriteCookie(HttpContext context, RoutedRequest routed, int status)
    {
        var cookies = routed.Snapshot.Cookies;
        if (!cookies.Enabled || routed.Request.Kind is RequestKind.Preflight or RequestKind.HasId || RetryRules.IsUnavailable(status)
            || !routed.Decision.Outcome.Row().IsKeptByCookie
            || !(routed.Decision.Binds || cookies.IsSliding))
        {
            return;
        }

        var isHttps = context.Request.IsHttps
            || (routed.IsTrustedPeer && context.Request.Headers["X-Forwarded-Proto"].ToString().StartsWith("https", StringComparison.OrdinalIgnoreCase));
        context.Response.Headers.Append(HeaderNames.SetCookie, cookies.Create(routed.Node, isHttps, time.GetUtcNow()));
    }

    private static void WriteDiagnostics(HttpContext context, RoutedRequest routed)
    {
        if (routed.Snapshot.Options.Diagnostics.ResponseHeaders)
        {
            context.Response.Headers[Refusals.OutcomeHeader] = routed.Decision.Outcome.Name();
            context.Response.Headers[Refusals.NodeHeader] = routed.Node.Name;
        }
    }

    private static bool IsTunnel(HttpResponseMessage answer, RoutedRequest routed) =>
        routed.Request.Transport is Transport.WebSockets
        && (answer.StatusCode is HttpStatusCode.SwitchingProtocols || (answer.StatusCode is HttpStatusCode.OK && answer.Version == HttpVersion.Version20));

    // As it came: parsing would cost every answer a few objects.
    private static bool IsEventStream(HttpResponseMessage answer)
    {
        const string eventStream = "text/event-stream";
        return answer.Content.Headers.NonValidated.TryGetValues(HeaderNames.ContentType, out var values)
            && values.ToString() is var type
            && type.StartsWith(eventStream, StringComparison.OrdinalIgnoreCase)
            && type.AsSpan(eventStream.Length).TrimStart() is [] or [';', ..];
    }

    private static Microsoft.Extensions.Primitives.StringValues ConnectionOf(HttpResponseMessage answer) =>
        answer.Headers.NonValidated.TryGetValues(HeaderNames.Connection, out var values) ? values.ToString() : default(Microsoft.Extensions.Primitives.StringValues);
}
