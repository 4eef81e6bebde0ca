using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Proxy.Requests;

/// <summary>Classifies requests. The order of its questions is the contract of docs/architecture.md.</summary>
internal static class RequestReader
{
    private const string NegotiateSegment = "/negotiate";

    public static RequestInfo Read(HttpContext context)
    {
        var request = context.Request;
        var query = request.QueryString.Value ?? "";
        var path = request.Path.Value ?? "";
        var parameters = Scan(query);
        var webSocket = IsWebSocket(context);
        var profile = parameters.Profile;

        // An id of its own protocol, unless an "id" ends in a tag: a tag is ours wherever it stands.
        var suffixStart = parameters.SuffixStart;
        var id = suffixStart > 0 ? parameters.Tagged : profile switch
        {
            ProtocolProfile.EngineIO => parameters.Sid,
            ProtocolProfile.Classic => parameters.ConnectionToken,
            _ => parameters.Id,
        };

        var kind = Classify(request, path, profile, webSocket, id.Length > 0, parameters);
        if (kind is RequestKind.Negotiate)
        {
            id = default; // it asks for an id; one in its query belongs to the application
            suffixStart = 0;
        }

        return new RequestInfo
        {
            Kind = kind,
            Profile = profile,
            Transport = ReadTransport(request, path, profile, webSocket, id.Length > 0, parameters),
            Query = query,
            Path = path,
            IdStart = id.Start,
            IdLength = id.Length,
            SuffixStart = suffixStart,
            IdIsRepeated = parameters.IdCount > 1 && kind is not RequestKind.Negotiate
                && (profile is ProtocolProfile.SignalR || suffixStart > 0),
            Malformed = FramingRules.FindViolation(context),
        };
    }

    /// <summary>Path of the hub that a negotiate belongs to.</summary>
    public static ReadOnlySpan<char> HubPathOf(ReadOnlySpan<char> path)
    {
        path = path.TrimEnd('/');
        return path.EndsWith(NegotiateSegment, StringComparison.OrdinalIgnoreCase) ? path[..^NegotiateSegment.Length] : path;
    }

    private static RequestKind Classify(HttpRequest request, string path, ProtocolProfile profile, bool webSocket, bool hasId, in Parameters parameters)
    {
        if (HttpMethods.IsOptions(request.Method) && request.Headers.ContainsKey(HeaderNames.AccessControlRequestMethod))
        {
            return RequestKind.Preflight;
        }

        if (IsNegotiate(request, path, profile, webSocket, hasId, parameters))
        {
            return RequestKind.Negotiate;
        }

        if (hasId)
        {
            return RequestKind.HasId;
        }

        return webSocket ? RequestKind.WebSocket : RequestKind.Other;
    }

    private static bool IsNegotiate(HttpRequest request, string path, ProtocolProfile profile, bool webSocket, bool hasId, in Parameters parameters)
    {
        if (webSocket)
        {
            return false;
        }

        if (profile is ProtocolProfile.EngineIO)
        {
            return !hasId && HttpMethods.IsGet(request.Method);
        }

        if (!path.AsSpan().TrimEnd('/').EndsWith(NegotiateSegment, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        // ASP.NET SignalR 2 looks at the path only and is asked by GET; ASP.NET Core SignalR answers nothing but POST.
        return HttpMethods.IsPost(request.Method) || (HttpMethods.IsGet(request.Method) && parameters.HasClientProtocol);
    }

    private static Transport ReadTransport(HttpRequest request, string path, ProtocolProfile profile, bool webSocket, bool hasId, in Parameters parameters)
    {
        if (webSocket)
        {
            return Transport.WebSockets;
        }

        if (!hasId)
        {
            return Transport.Unknown;
        }

        if (profile is ProtocolProfile.Classic)
        {
            return IsShort(path) ? Transport.Unknown : parameters.Transport;
        }

        if (!HttpMethods.IsGet(request.Method))
        {
            return Transport.Unknown;
        }

        return AcceptsEventStream(request.Headers.Accept) ? Transport.ServerSentEvents : Transport.LongPolling;
    }

    // What ASP.NET SignalR 2 answers at once, though it names the transport too. The verb says nothing: its clients poll by POST, and by GET with JSONP, which also
    // sends by GET.
    private static bool IsShort(ReadOnlySpan<char> path)
    {
        path = path.TrimEnd('/');
        return path.EndsWith("/start", StringComparison.OrdinalIgnoreCase)
            || path.EndsWith("/send", StringComparison.OrdinalIgnoreCase)
            || path.EndsWith("/abort", StringComparison.OrdinalIgnoreCase);
    }

    private static bool AcceptsEventStream(StringValues accept)
    {
        foreach (var value in accept)
        {
            if (value is not null && value.Contains("text/event-stream", StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

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

    private static Parameters Scan(string query)
    {
        var found = new Parameters();
        if (query.Length < 2)
        {
            return found;
        }

        Span<char> tag = stackalloc char[Tag.Length];
        var pairs = new QueryParameters(query);
        while (pairs.MoveNext())
        {
            var value = new Slice(pairs.ValueStart, pairs.ValueLength);
            switch (pairs.RawName.Length)
            {
                case >= 2 when pairs.NameIs("id"):
                    found.IdCount++;
                    found.Id = found.Id.Length > 0 ? found.Id : value;
                    if (Tag.TryFind(pairs.RawValue, tag, out var suffixStart))
                    {
                        found.Tagged = value;
                        found.SuffixStart = value.Start + suffixStart;
                    }

                    break;
                case >= 3 when pairs.NameIs("sid"):
                    found.Sid = value;
                    break;
                case >= 3 when pairs.NameIs("EIO"):
                    found.IsEngineIO = true;
                    break;
                case >= 9 when pairs.NameIs("transport"):
                    found.Transport = ClassicTransport(pairs.RawValue);
                    break;
                case >= 14 when pairs.NameIs("clientProtocol"):
                    found.HasClientProtocol = true;
                    break;
                case >= 15 when pairs.NameIs("connectionToken"):
                    found.ConnectionToken = value;
                    break;
            }
        }

        return found;
    }

    // A WebSocket is known by its handshake; other requests only name it.
    private static Transport ClassicTransport(ReadOnlySpan<char> name) => name switch
    {
        "serverSentEvents" or "foreverFrame" => Transport.ServerSentEvents,
        "longPolling" => Transport.LongPolling,
        _ => Transport.Unknown,
    };

    private readonly record struct Slice(int Start, int Length);

    private struct Parameters
    {
        public Slice Id;
        public Slice Tagged;
        public int SuffixStart;
        public Slice Sid;
        public Slice ConnectionToken;
        public int IdCount;
        public bool IsEngineIO;
        public bool HasClientProtocol;
        public Transport Transport;

        public readonly ProtocolProfile Profile =>
            IsEngineIO ? ProtocolProfile.EngineIO
            : ConnectionToken.Length > 0 || HasClientProtocol ? ProtocolProfile.Classic
            : ProtocolProfile.SignalR;
    }
}
