using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Proxy.Requests.Protocols;

namespace Proxy.Requests;

/// <summary>Classifies requests. The order of its questions is the contract of docs/architecture.md.</summary>
internal static class RequestReader
{
    /// <summary>Reads a request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="protocols">Those that it may be of, <see cref="ClientProtocols.Default"/> unless given.</param>
    public static RequestInfo Read(HttpContext context, ClientProtocols? protocols = null)
    {
        protocols ??= ClientProtocols.Default;
        var request = context.Request;
        var query = request.QueryString.Value ?? "";
        Span<QuerySlice> slices = stackalloc QuerySlice[ClientProtocols.MaxParameters];
        var found = Scan(query, protocols, slices);
        var values = new QueryValues(query, protocols.Parameters, slices);
        var protocol = protocols[found.Protocol];
        var isWebSocket = IsWebSocket(context);

        // The id of its own protocol, unless an "id" ends in a tag: a tag is the gateway's wherever it stands.
        var suffixStart = found.SuffixStart;
        var id = suffixStart > 0 ? found.Tagged : slices[protocols.IdPositionOf(found.Protocol)];
        var kind = Classify(request, protocol, values, isWebSocket, id.Length > 0);
        if (kind is RequestKind.Negotiate)
        {
            id = default; // it asks for an id; one in its query belongs to the application
            suffixStart = 0;
        }

        return new RequestInfo
        {
            Kind = kind,
            Protocol = protocol,
            Transport = isWebSocket ? Transport.WebSockets
                : id.Length > 0 ? protocol.TransportOf(request, values)
                : Transport.Unknown,
            Query = query,
            Path = request.Path.Value ?? "",
            IdStart = id.Start,
            IdLength = id.Length,
            SuffixStart = suffixStart,
            IdIsRepeated = found.Ids > 1 && kind is not RequestKind.Negotiate && (suffixStart > 0 || protocols.IdPositionOf(found.Protocol) == 0),
            HasConnectionCredentials = ConnectionSchemes.Any(request.Headers.Authorization),
            Malformed = FramingRules.FindViolation(context),
        };
    }

    private static RequestKind Classify(HttpRequest request, ClientProtocol protocol, in QueryValues values, bool isWebSocket, bool hasId) =>
        HttpMethods.IsOptions(request.Method) && request.Headers.ContainsKey(HeaderNames.AccessControlRequestMethod) ? RequestKind.Preflight
        : !isWebSocket && protocol.IsNegotiate(request, values, hasId) ? RequestKind.Negotiate
        : hasId ? RequestKind.HasId
        : isWebSocket ? RequestKind.WebSocket
        : RequestKind.Other;

    private static bool IsWebSocket(HttpContext context)
    {
        if (context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect)
        {
            return string.Equals(connect.Protocol, "websocket", StringComparison.OrdinalIgnoreCase);
        }

        // RFC 6455 4.1: a GET. Other requests may carry the fields too, where a proxy adds them to whatever passes.
        return HttpMethods.IsGet(context.Request.Method)
            && context.Request.Headers.Upgrade is [{ } upgrade]
            && upgrade.Equals("websocket", StringComparison.OrdinalIgnoreCase)
            && context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true };
    }

    // Of a parameter that is repeated the last value counts, but the first of the ids: ASP.NET Core joins them.
    private static Found Scan(string query, ClientProtocols protocols, Span<QuerySlice> slices)
    {
        var found = new Found { Protocol = protocols.Last };
        Span<char> tag = stackalloc char[Tag.Length];
        var pairs = new QueryParameters(query);
        while (pairs.MoveNext())
        {
            var position = pairs.PositionIn(protocols.Parameters);
            if (position < 0)
            {
                continue;
            }

            var value = new QuerySlice(pairs.ValueStart, pairs.ValueLength);
            if (value.Length > 0)
            {
                found.Protocol = Math.Min(found.Protocol, protocols.MarkedBy(position));
            }

            if (position > 0)
            {
                slices[position] = value;
                continue;
            }

            found.Ids++;
            slices[0] = slices[0].Length > 0 ? slices[0] : value;
            if (Tag.TryFind(pairs.RawValue, tag, out var suffixStart))
            {
                found.Tagged = value;
                found.SuffixStart = value.Start + suffixStart;
            }
        }

        return found;
    }

    private struct Found
    {
        /// <summary>Position of the request's protocol.</summary>
        public int Protocol;

        /// <summary>How often <see cref="Tag.Parameter"/> was given, which stands first among the parameters.</summary>
        public int Ids;

        /// <summary>Its value that ends in a tag.</summary>
        public QuerySlice Tagged;

        /// <summary>Where the tag's suffix starts in the query; 0: there is no tag.</summary>
        public int SuffixStart;
    }
}
