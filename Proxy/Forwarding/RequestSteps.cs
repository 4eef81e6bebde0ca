using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Proxy.Configuration;
using Proxy.Requests;
using Yarp.ReverseProxy.Transforms;

namespace Proxy.Forwarding;

/// <summary>Makes the request that the node gets: the target with every byte as it came but the tag, and the fields that may pass.</summary>
internal static class RequestSteps
{
    private static readonly UriCreationOptions Verbatim = new() { DangerousDisablePathAndQueryCanonicalization = true };

    public static ValueTask Apply(RequestTransformContext context)
    {
        if (context.HttpContext.Features.Get<RoutedRequest>() is { } routed)
        {
            SetTarget(context, routed);
            FieldRules.DropNominated(context.HttpContext.Request.Headers.Connection, context.ProxyRequest);
            if (routed.Request.Kind is RequestKind.Negotiate && routed.Snapshot.Options.Affinity.Mode is AffinityMode.Auto or AffinityMode.Tag or AffinityMode.Learn)
            {
                // Its answer is read, and must therefore come as it is.
                context.ProxyRequest.Headers.Remove(HeaderNames.AcceptEncoding);
            }

            if (HttpProtocol.IsHttp2(context.HttpContext.Request.Protocol))
            {
                // YARP 2.1.0 adds its own on the way to an HTTP/1.1 node and does not take away the client's.
                context.ProxyRequest.Headers.Remove(HeaderNames.SecWebSocketKey);
            }
        }

        return default;
    }

    public static ValueTask ApplyWithForwardedHeaders(RequestTransformContext context)
    {
        if (context.HttpContext.Features.Get<RoutedRequest>() is { } routed)
        {
            ForwardedFields.Write(context.HttpContext, context.ProxyRequest, routed.IsTrustedPeer);
        }

        return Apply(context);
    }

    // YARP decodes and encodes the path, which turns %2F into %252F (YARP issue 1419). Where nothing else has changed the path, the raw
    // target is sent; but not one with dot segments, since routes were matched without them.
    private static void SetTarget(RequestTransformContext context, RoutedRequest routed)
    {
        var request = context.HttpContext.Request;
        var target = context.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (request.PathBase.HasValue || context.Path != request.Path || !target.StartsWith('/') || context.ProxyRequest.RequestUri is not null
            || !string.Equals(context.Query.QueryString.Value ?? "", routed.Request.Query, StringComparison.Ordinal))
        {
            if (routed.Request.HasTag && routed.Decision.Outcome is Affinity.Outcome.Tag)
            {
                StripTagFromTransformed(context, routed);
            }

            return;
        }

        var mark = target.IndexOf('?');
        var rawPath = mark < 0 ? target.AsSpan() : target.AsSpan(0, mark);
        var prefix = context.DestinationPrefix.AsSpan().TrimEnd('/');
        var query = routed.Decision.Outcome is Affinity.Outcome.Tag ? routed.Request.QueryWithoutTag : routed.Request.Query;
        context.ProxyRequest.RequestUri = HasDotSegment(rawPath)
            ? Yarp.ReverseProxy.Forwarder.RequestUtilities.MakeDestinationAddress(context.DestinationPrefix, context.Path, new QueryString(query))
            : new Uri(string.Concat(prefix, rawPath, query), Verbatim);
    }

    // A transform of the route has rebuilt the query: take the tag out of the value there.
    private static void StripTagFromTransformed(RequestTransformContext context, RoutedRequest routed)
    {
        var query = context.Query.QueryString.Value ?? "";
        var id = routed.Request.RawId;
        var at = query.AsSpan().IndexOf(id, StringComparison.Ordinal);
        if (at >= 0)
        {
            var stripped = string.Concat(query.AsSpan(0, at), routed.Request.RawNodeId, query.AsSpan(at + id.Length));
            context.ProxyRequest.RequestUri = Yarp.ReverseProxy.Forwarder.RequestUtilities.MakeDestinationAddress(
                context.DestinationPrefix, context.Path, new QueryString(stripped));
        }
    }

    private static bool HasDotSegment(ReadOnlySpan<char> path)
    {
        if (!path.Contains("/.", StringComparison.Ordinal) && !path.Contains("/%2e", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        foreach (var segment in path.Split('/'))
        {
            if (PercentEncoding.EqualsDecoded(path[segment], ".") || PercentEncoding.EqualsDecoded(path[segment], ".."))
            {
                return true;
            }
        }

        return false;
    }
}
