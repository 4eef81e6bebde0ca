using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Proxy.Admin;

/// <summary>Makes the HttpContext that Kestrel would make of a described request.</summary>
internal static class ImaginedRequest
{
    /// <summary>Makes the context.</summary>
    /// <param name="described">The description.</param>
    /// <param name="problem">What is wrong with it, or <see langword="null"/>.</param>
    public static DefaultHttpContext? TryCreate(ExplainRequest described, out string? problem)
    {
        var context = new DefaultHttpContext();
        var request = context.Request;
        request.Method = string.IsNullOrEmpty(described.Method) ? HttpMethods.Get : described.Method.ToUpperInvariant();
        request.Protocol = HttpProtocol.Http11;
        request.Scheme = "http";
        if (!request.Method.All(char.IsAsciiLetter))
        {
            problem = $"method is '{described.Method}' but must be an HTTP method such as GET.";
            return null;
        }

        if (!TrySetUrl(context, described.Url, out var isWebSocket))
        {
            problem = "url is missing or no URL; it must be a path with query such as '/chat?id=x', or a whole URL.";
            return null;
        }

        if (!TrySetClient(context, described.Client))
        {
            problem = $"client is '{described.Client}' but must be an IP address.";
            return null;
        }

        foreach (var (name, value) in described.Headers ?? [])
        {
            if (!TryAdd(request, name, value))
            {
                problem = $"headers: '{name}' must have a text, or a list of texts, without line breaks.";
                return null;
            }
        }

        SetUpgrade(context, isWebSocket);
        problem = null;
        return context;
    }

    private static bool TrySetUrl(DefaultHttpContext context, string? url, out bool isWebSocket)
    {
        isWebSocket = false;
        if (string.IsNullOrEmpty(url))
        {
            return false;
        }

        var target = url;
        if (!url.StartsWith('/'))
        {
            if (!Uri.TryCreate(url, UriKind.Absolute, out var whole) || whole.Scheme is not ("http" or "https" or "ws" or "wss"))
            {
                return false;
            }

            isWebSocket = whole.Scheme is "ws" or "wss";
            context.Request.Scheme = whole.Scheme is "https" or "wss" ? "https" : "http";
            context.Request.Host = new HostString(whole.Authority);
            var slash = url.IndexOfAny(['/', '?', '#'], url.IndexOf("://", StringComparison.Ordinal) + 3);
            target = slash < 0 ? "/" : url[slash] == '/' ? url[slash..] : "/" + url[slash..];
        }

        var mark = target.IndexOf('?');
        var rawPath = mark < 0 ? target : target[..mark];

        // Dot segments go as they do in Kestrel; the query stays as it is.
        if (!Uri.TryCreate("http://host" + rawPath, UriKind.Absolute, out var path))
        {
            return false;
        }

        context.Request.Path = PathString.FromUriComponent(path.AbsolutePath);
        context.Request.QueryString = new QueryString(mark < 0 ? "" : target[mark..]);
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = target;
        return true;
    }

    private static bool TrySetClient(DefaultHttpContext context, string? client)
    {
        context.Connection.RemoteIpAddress = IPAddress.Loopback;
        if (string.IsNullOrEmpty(client))
        {
            return true;
        }

        if (!IPAddress.TryParse(client, out var address))
        {
            return false;
        }

        context.Connection.RemoteIpAddress = address;
        return true;
    }

    private static bool TryAdd(HttpRequest request, string name, JsonElement value)
    {
        if (name is { Length: 0 })
        {
            return false;
        }

        if (value.ValueKind is JsonValueKind.Array)
        {
            return value.EnumerateArray().All(item => TryAdd(request, name, item));
        }

        if (value.ValueKind is not JsonValueKind.String || value.GetString()!.AsSpan().ContainsAny('\r', '\n', '\0'))
        {
            return false;
        }

        if (string.Equals(name, HeaderNames.Host, StringComparison.OrdinalIgnoreCase))
        {
            request.Headers.Host = value.GetString(); // A request has one Host only, and the field beats the URL.
            return true;
        }

        request.Headers.Append(name, value.GetString());
        return true;
    }

    // An upgrade is one by its fields; an extended CONNECT of HTTP/2 by its pseudo-header.
    private static void SetUpgrade(DefaultHttpContext context, bool isWebSocket)
    {
        var request = context.Request;
        if (request.Headers.Remove(":protocol", out var protocol))
        {
            request.Protocol = HttpProtocol.Http2;
            context.Features.Set<IHttpExtendedConnectFeature>(new ExtendedConnect(HttpMethods.IsConnect(request.Method) ? protocol.ToString() : null));
            return;
        }

        if (isWebSocket && request.Headers.Upgrade.Count == 0)
        {
            request.Headers.Upgrade = "websocket";
            request.Headers.Connection = HeaderNames.Upgrade;
        }

        var isUpgradable = request.Headers.Connection.Any(value => value?.Contains(HeaderNames.Upgrade, StringComparison.OrdinalIgnoreCase) is true);
        context.Features.Set<IHttpUpgradeFeature>(new Upgrade(isUpgradable));
    }

    private sealed record Upgrade(bool IsUpgradableRequest) : IHttpUpgradeFeature
    {
        public Task<Stream> UpgradeAsync() => throw new NotSupportedException();
    }

    private sealed record ExtendedConnect(string? Protocol) : IHttpExtendedConnectFeature
    {
        public bool IsExtendedConnect => Protocol is not null;

        public ValueTask<Stream> AcceptAsync() => throw new NotSupportedException();
    }
}
