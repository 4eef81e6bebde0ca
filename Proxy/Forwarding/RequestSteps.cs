using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Proxy.Affinity.Foreign;
using Proxy.Configuration;
using Proxy.Decisions;
using Proxy.Outcomes;
using Proxy.Requests;
using Yarp.ReverseProxy.Forwarder;
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
            if (IsRead(routed))
            {
                // Without the field a node may choose any coding (RFC 9110 12.5.3).
                context.ProxyRequest.Headers.Remove(HeaderNames.AcceptEncoding);
                context.ProxyRequest.Headers.TryAddWithoutValidation(HeaderNames.AcceptEncoding, "identity");
            }

            if (routed.Snapshot.Foreign is { HasPrefixes: true } foreign)
            {
                DropPrefixes(context.ProxyRequest, foreign);
            }

            if (context.HttpContext.Request.Headers.Host.ToString().Length == 0)
            {
                context.ProxyRequest.Headers.Remove(HeaderNames.Host); // HttpClient would send it beside its own
            }

            if (HttpProtocol.IsHttp2(context.HttpContext.Request.Protocol))
            {
                // YARP adds a key of its own on the way to an HTTP/1.1 node, and does not take away one that the client has sent.
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

    private static void DropPrefixes(HttpRequestMessage request, ForeignCookies foreign)
    {
        if (request.Headers.NonValidated.TryGetValues(HeaderNames.Cookie, out var fields))
        {
            var plain = foreign.WithoutPrefixes(fields.ToArray());
            request.Headers.Remove(HeaderNames.Cookie);
            request.Headers.TryAddWithoutValidation(HeaderNames.Cookie, (IEnumerable<string?>)plain);
        }
    }

    // A negotiate's answer is read for its id, and an event stream for the ends of its events.
    private static bool IsRead(RoutedRequest routed) => routed.Request switch
    {
        { Kind: RequestKind.Negotiate } => routed.Snapshot.Options.Affinity.Mode is AffinityMode.Auto or AffinityMode.Tag or AffinityMode.Learn,
        { Transport: Transport.ServerSentEvents, Kind: RequestKind.HasId } => true,
        _ => false,
    };

    private static void SetTarget(RequestTransformContext context, RoutedRequest routed)
    {
        if (context.ProxyRequest.RequestUri is { } own)
        {
            // A transform of the application's own has made the address; only the tag has to go.
            context.ProxyRequest.RequestUri = new Uri(WithoutTag(own.OriginalString, routed), Verbatim);
            return;
        }

        var query = context.Query.QueryString.Value ?? "";
        var (tagStart, tagEnd) = FindTag(query, routed);
        var beforeTag = query.AsSpan(0, tagStart);
        var behindTag = query.AsSpan(tagEnd);
        context.ProxyRequest.RequestUri = new Uri(
            TryGetRawPath(context, out var rawPath)
                ? string.Concat(context.DestinationPrefix.AsSpan().TrimEnd('/'), rawPath, beforeTag, behindTag)
                : string.Concat(RequestUtilities.MakeDestinationAddress(context.DestinationPrefix, context.Path, default).AbsoluteUri, beforeTag, behindTag),
            Verbatim);
    }

    private static string WithoutTag(string text, RoutedRequest routed)
    {
        var (start, end) = FindTag(text, routed);
        return start == end ? text : string.Concat(text.AsSpan(0, start), text.AsSpan(end));
    }

    // The tag stands where it was read. Where a transform has made another query, or the whole address, it is searched.
    private static (int Start, int End) FindTag(string text, RoutedRequest routed)
    {
        var request = routed.Request;
        if (routed.Decision.Outcome is not RoutingOutcome.Tag)
        {
            return default;
        }

        if (string.Equals(text, request.Query, StringComparison.Ordinal))
        {
            return request.TagSlice;
        }

        Span<char> tag = stackalloc char[Tag.Length];
        Span<char> found = stackalloc char[Tag.Length];
        request.CopyTag(tag);
        var queryStart = Math.Max(text.IndexOf('?'), 0);
        var pairs = new QueryParameters(text.AsSpan(queryStart));
        while (pairs.MoveNext())
        {
            if (pairs.NameIs("id") && Tag.TryFind(pairs.RawValue, found, out var suffixStart) && found.SequenceEqual(tag))
            {
                var start = queryStart + pairs.ValueStart;
                return (start + suffixStart, start + pairs.ValueLength);
            }
        }

        return default;
    }

    // YARP decodes the path and encodes it again, which turns %2F into %252F (YARP issue 1419). A path that neither a middleware nor a transform has changed
    // is sent as it came; but not with dot segments, since routes were matched without them.
    private static bool TryGetRawPath(RequestTransformContext context, out ReadOnlySpan<char> rawPath)
    {
        var request = context.HttpContext.Request;
        var target = context.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var mark = target.IndexOf('?');
        rawPath = mark < 0 ? target.AsSpan() : target.AsSpan(0, mark);
        return target.StartsWith('/')
            && !request.PathBase.HasValue
            && string.Equals(context.Path.Value, request.Path.Value, StringComparison.Ordinal)
            && !HasDotSegment(rawPath)
            && IsPath(rawPath, request.Path.Value);
    }

    // Whether no middleware has given the request another path. Kestrel decodes everything but %2F.
    private static bool IsPath(ReadOnlySpan<char> rawPath, string? path)
    {
        if (!rawPath.Contains('%'))
        {
            return rawPath.SequenceEqual(path);
        }

        var decoded = Uri.UnescapeDataString(rawPath.ToString().Replace("%2F", "%252F", StringComparison.OrdinalIgnoreCase));
        return string.Equals(decoded, path, StringComparison.OrdinalIgnoreCase);
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
