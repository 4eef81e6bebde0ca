using System.Net;

namespace LoadTests.Connections;

/// <summary>Adds headers and cookies to every request of a client, WebSocket upgrades too, and reports every answer.</summary>
/// <remarks>Cookies are handled here and not by the inner handler, so that clients with different cookies can share one.</remarks>
internal sealed class ObservingHandler(HttpMessageHandler inner, HttpTransportOptions options) : DelegatingHandler(inner)
{
    /// <summary>What the request is for; only ClientWebSocket's own requests come without.</summary>
    public static readonly HttpRequestOptionsKey<HttpRequestKind> Kind = new("LoadTests.Kind");

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var kind = request.Options.TryGetValue(Kind, out var given) ? given : HttpRequestKind.WebSocket;
        var url = request.RequestUri!;
        AddHeaders(request, url);
        HttpResponseMessage response;
        try
        {
            response = await base.SendAsync(request, cancellationToken);
        }
        catch (Exception error)
        {
            options.Trace.Record(new ObservedResponse(kind, request.Method, url, ObservedResponse.NoAnswer, Headers: null, error));
            throw;
        }

        KeepCookies(response, url);
        options.Trace.Record(new ObservedResponse(kind, request.Method, url, (int)response.StatusCode, response.Headers, Error: null));
        return response;
    }

    private void AddHeaders(HttpRequestMessage request, Uri url)
    {
        // With it a server's cookie authentication answers 401 and does not redirect to a login page; official clients send it for that.
        request.Headers.TryAddWithoutValidation("X-Requested-With", "XMLHttpRequest");
        foreach (var (name, value) in options.Headers)
        {
            request.Headers.Remove(name);
            request.Headers.TryAddWithoutValidation(name, value);
        }

        if (options.Cookies?.GetCookieHeader(HttpUrl(url)) is { Length: > 0 } cookies)
        {
            request.Headers.TryAddWithoutValidation("Cookie", cookies);
        }
    }

    private void KeepCookies(HttpResponseMessage response, Uri url)
    {
        if (options.Cookies is not { } cookies || !response.Headers.TryGetValues("Set-Cookie", out var values))
        {
            return;
        }

        foreach (var value in values)
        {
            try
            {
                cookies.SetCookies(HttpUrl(url), value);
            }
            catch (CookieException)
            {
                // As a browser does: a cookie for somebody else's domain is not kept, and the answer stands.
            }
        }
    }

    // A cookie container knows http and https; a WebSocket shares its host's cookies.
    private static Uri HttpUrl(Uri url) => HubUrl.IsWebSocket(url) ? HubUrl.ToHttp(url) : url;
}
