using System.Text.Encodings.Web;
using System.Text.Json;
using Proxy.Decisions;
using Proxy.Metrics;
using Proxy.Requests;

namespace Proxy.Forwarding.Senders;

/// <summary>Answers a negotiate with the address of its node (<c>Gateway:Negotiate:Redirect</c>), so that the client talks to the node directly.</summary>
/// <remarks>
/// The address carries a mark. A negotiate that has it comes from a client that was sent somewhere already, and is forwarded: an address that leads to a
/// gateway again cannot make a client go round in circles.
/// </remarks>
internal sealed class RedirectSender(AnswerMarks marks, CorsMemory cors, GatewayMetrics metrics)
{
    private const string Mark = "gateway-redirect";

    private static readonly RedirectJson Json = new(
        new JsonSerializerOptions(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>Whether the request is answered with a redirect.</summary>
    public static bool IsFor(RoutedRequest routed) =>
        routed.Snapshot.Options.Negotiate.Redirect
        && routed.Request is { Kind: RequestKind.Negotiate, Protocol.FollowsRedirects: true }
        && routed.Node.Options.PublicUrl is not null
        && !HasMark(routed.Request.Query);

    /// <summary>Writes the answer.</summary>
    public async ValueTask AnswerAsync(HttpContext context, RoutedRequest routed)
    {
        routed.Node.State.Redirected();
        metrics.Redirected(routed.Node);
        var answer = new RedirectAnswer(UrlOf(context.Request, routed), routed.Snapshot.Options.Negotiate.AccessToken, []);
        var body = JsonSerializer.SerializeToUtf8Bytes(answer, Json.RedirectAnswer);
        var response = context.Response;
        response.ContentType = "application/json";
        response.ContentLength = body.Length;
        response.Headers.CacheControl = "no-store";
        cors.Write(context, routed);
        marks.Write(context, routed, response.StatusCode);
        await response.Body.WriteAsync(body, context.RequestAborted);
    }

    private static string UrlOf(HttpRequest request, RoutedRequest routed)
    {
        var path = (request.PathBase + request.Path).ToUriComponent();
        var hub = routed.Request.Protocol.HubPathOf(path);
        var query = routed.Request.Query;
        return $"{routed.Node.Options.PublicUrl.AsSpan().TrimEnd('/')}{hub}{(query.Length > 1 ? query + "&" : "?")}{Mark}=1";
    }

    private static bool HasMark(string query)
    {
        var parameters = new QueryParameters(query);
        while (parameters.MoveNext())
        {
            if (parameters.NameIs(Mark))
            {
                return true;
            }
        }

        return false;
    }
}
