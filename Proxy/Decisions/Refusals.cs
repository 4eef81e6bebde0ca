using Proxy.Outcomes;

namespace Proxy.Decisions;

/// <summary>Writes every answer that the gateway gives by itself.</summary>
internal sealed class Refusals(DecisionRecorder recorder, CorsMemory cors)
{
    public const string OutcomeHeader = "X-Affinity-Outcome";

    public const string NodeHeader = "X-Affinity-Node";

    /// <summary>Answers a request with a refusal; the response must not have started.</summary>
    /// <param name="context">The request.</param>
    /// <param name="routed">What is known of it, or <see langword="null"/> when it was refused before anything was.</param>
    /// <param name="refusal">The answer.</param>
    public async Task WriteAsync(HttpContext context, RoutedRequest? routed, Refusal refusal)
    {
        recorder.Refused(context, routed, refusal);
        var response = context.Response;
        response.Clear();
        response.StatusCode = refusal.Status;
        if (refusal is { Outcome: RoutingOutcome.ConnectionBasedAuth, Status: StatusCodes.Status505HttpVersionNotsupported } && Http11Fallback.TryAsk(context))
        {
            return;
        }

        cors.Write(context, routed);
        response.Headers[OutcomeHeader] = refusal.Outcome.Name();
        response.Headers.CacheControl = "no-store";
        if (refusal.Status is StatusCodes.Status503ServiceUnavailable)
        {
            response.Headers.RetryAfter = "1";
        }

        // A request whose end is in doubt leaves the start of the next one in doubt, too.
        if (refusal.Outcome is RoutingOutcome.BadRequest && !HttpProtocol.IsHttp2(context.Request.Protocol) && !HttpProtocol.IsHttp3(context.Request.Protocol))
        {
            response.Headers.Connection = "close";
        }

        response.ContentType = refusal.ContentType;
        response.ContentLength = refusal.Text.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.WriteAsync(refusal.Text, context.RequestAborted);
        }
    }
}
