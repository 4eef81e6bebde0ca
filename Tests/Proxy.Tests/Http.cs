using Microsoft.AspNetCore.Http.Features;

namespace Proxy.Tests;

/// <summary>Requests as Kestrel would hand them over.</summary>
internal static class Http
{
    public static DefaultHttpContext Get(string target, params (string Name, string Value)[] headers) => Request("GET", target, headers);

    public static DefaultHttpContext Post(string target, params (string Name, string Value)[] headers) => Request("POST", target, headers);

    /// <summary>Opens a connection.</summary>
    public static DefaultHttpContext Negotiate(params (string Name, string Value)[] headers) => Post("/chat/negotiate?negotiateVersion=1", headers);

    public static DefaultHttpContext WebSocket(string target, params (string Name, string Value)[] headers)
    {
        var context = Request("GET", target, [.. headers, ("Connection", "Upgrade"), ("Upgrade", "websocket")]);
        context.Features.Set<IHttpUpgradeFeature>(new Upgradable());
        return context;
    }

    public static DefaultHttpContext Preflight(string target) =>
        Request("OPTIONS", target, ("Origin", "https://elsewhere.example"), ("Access-Control-Request-Method", "POST"));

    public static DefaultHttpContext Request(string method, string target, params (string Name, string Value)[] headers)
    {
        var context = new DefaultHttpContext();
        var mark = target.IndexOf('?', StringComparison.Ordinal);
        context.Request.Method = method;
        context.Request.Protocol = "HTTP/1.1";
        context.Request.Scheme = "http";
        context.Request.Path = mark < 0 ? target : target[..mark];
        context.Request.QueryString = mark < 0 ? default : new QueryString(target[mark..]);
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = target;
        foreach (var (name, value) in headers)
        {
            context.Request.Headers.Append(name, value);
        }

        return context;
    }

    private sealed class Upgradable : IHttpUpgradeFeature
    {
        public bool IsUpgradableRequest => true;

        public Task<Stream> UpgradeAsync() => throw new NotSupportedException();
    }
}
