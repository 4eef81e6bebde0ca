using Microsoft.Net.Http.Headers;
using Proxy.Decisions;
using Proxy.Outcomes;
using Proxy.Requests;

namespace Proxy.Forwarding;

/// <summary>What the gateway adds to an answer: the cookie that binds the client to the node, and the diagnostics where they are asked for.</summary>
internal sealed class AnswerMarks(TimeProvider time)
{
    /// <summary>Adds them to the response, which must not have started.</summary>
    /// <param name="context">The request, with the fields of its response.</param>
    /// <param name="routed">The decision.</param>
    /// <param name="status">The status of the answer.</param>
    public void Write(HttpContext context, RoutedRequest routed, int status)
    {
        WriteCookie(context, routed, status);
        if (routed.Snapshot.Options.Diagnostics.ResponseHeaders)
        {
            context.Response.Headers[Refusals.OutcomeHeader] = routed.Decision.Outcome.Name();
            context.Response.Headers[Refusals.NodeHeader] = routed.Node.Name;
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

        if (SharedCaches.MayKeep(context.Request, context.Response.Headers, time.GetUtcNow()))
        {
            return; // the cache would give this client's node to all others
        }

        if (routed.Decision.Outcome is RoutingOutcome.ForeignCookie && routed.Snapshot.Foreign?.Find(context.Request, out var foreign) is not null
            && foreign!.Name == cookies.Name)
        {
            foreach (var removal in foreign.Removals(routed.Snapshot.Options.Affinity.Cookie, context.Request.Host.Host))
            {
                context.Response.Headers.Append(HeaderNames.SetCookie, removal);
            }
        }

        // A WebSocket over TLS is "wss" in the fields of some proxies.
        var isHttps = context.Request.IsHttps || ForwardedFields.ClientScheme(context, routed.IsTrustedPeer).ToLowerInvariant() is "https" or "wss";
        context.Response.Headers.Append(HeaderNames.SetCookie, cookies.Create(routed.Node, isHttps, time.GetUtcNow()));
    }
}
