using Proxy.Metrics;
using Proxy.Outcomes;
using Proxy.Requests;


namespace Proxy.Decisions;

/// <summary>Writes every answer that the gateway gives itself.</summary>
internal sealed class Refusals(DecisionRecorder recorder)
{
    public const string OutcomeHeader = "X-Affinity-Outcome";

    public const string NodeHeader = "X-Affinity-Node";

    /// <summary>Answers a request with a refusal; the response must not have started.</summary>
    /// <param name="context">The request.</param>
    /// <param name="routed">What is known of it.</param>
    /// <param name="outcome">Why.</param>
    /// <param name="status">Usually the outcome's own.</param>
    /// <param name="detail">A sentence that says more, or <see langword="null"/>.</param>
    public async Task WriteAsync(HttpContext context, RoutedRequest? routed, Outcome outcome, int status, string? detail = null)
    {
        recorder.Refused(context, routed, outcome, status);
        var response = context.Response;
        response.Clear();
        response.StatusCode = status;
        response.Headers[OutcomeHeader] = outcome.Name();
        response.Headers.CacheControl = "no-store";
        if (status is StatusCodes.Status503ServiceUnavailable)
        {
            response.Headers.RetryAfter = "1";
        }

        // What follows a request whose end is in doubt cannot be trusted.
        if (outcome is Outcome.BadRequest && !HttpProtocol.IsHttp2(context.Request.Protocol) && !HttpProtocol.IsHttp3(context.Request.Protocol))
        {
            response.Headers.Connection = "close";
        }

        var (type, text) = Describe(routed, outcome, detail);
        response.ContentType = type;
        response.ContentLength = text.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.WriteAsync(text, context.RequestAborted);
        }
    }

    private static (string Type, string Text) Describe(RoutedRequest? routed, Outcome outcome, string? detail)
    {
        // Engine.IO says it in its own way (engine.io/lib/server.ts, UNKNOWN_SID).
        return outcome.Status() is StatusCodes.Status404NotFound && routed?.Request.Profile is ProtocolProfile.EngineIO
            ? ("application/json", """{"code":1,"message":"Session ID unknown"}""")
            : ("text/plain", detail ?? outcome.Message());
    }
}
