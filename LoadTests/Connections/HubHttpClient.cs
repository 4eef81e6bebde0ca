using System.Net.Http.Headers;

namespace LoadTests.Connections;

/// <summary>Sends the requests of one client.</summary>
internal sealed class HubHttpClient : IDisposable
{
    private readonly HttpTransportOptions _options;
    private readonly List<HttpMessageHandler> _owned = [];
    private readonly HttpMessageInvoker _http;

    public HubHttpClient(HttpTransportOptions options)
    {
        _options = options;
        _http = CreateInvoker(options.HttpHandler);
        WebSockets = CreateInvoker(options.WebSocketHandler);
    }

    /// <summary>Sends WebSocket upgrades.</summary>
    public HttpMessageInvoker WebSockets { get; }

    /// <summary>Sends a request and returns when the answer's headers are there.</summary>
    /// <exception cref="HttpRequestException">No answer, or one that is no success; it then has the status.</exception>
    public async Task<HttpResponseMessage> SendAsync(
        HttpRequestKind kind, Uri url, string? accessToken, HttpContent? content, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(MethodOf(kind), url) { Content = content };
        request.Options.Set(ObservingHandler.Kind, kind);
        if (accessToken is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
        }

        if (kind == HttpRequestKind.ServerSentEvents)
        {
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        }

        var response = await _http.SendAsync(request, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            using (response)
            {
                throw new HttpRequestException($"{kind} was answered with status {(int)response.StatusCode}.", inner: null, response.StatusCode);
            }
        }

        return response;
    }

    /// <summary>As <see cref="SendAsync"/>, with the time limit of ordinary requests.</summary>
    /// <exception cref="TimeoutException">No answer within the limit.</exception>
    public async Task<HttpResponseMessage> SendWithinLimitAsync(
        HttpRequestKind kind, Uri url, string? accessToken, HttpContent? content, CancellationToken cancellationToken)
    {
        using var deadline = new Deadline(_options.RequestTimeout, _options.TimeProvider, cancellationToken);
        try
        {
            return await SendAsync(kind, url, accessToken, content, deadline.Token);
        }
        catch (OperationCanceledException error) when (deadline.Expired)
        {
            throw deadline.Failure(kind, error);
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        WebSockets.Dispose();
        foreach (var handler in _owned)
        {
            handler.Dispose();
        }
    }

    private static HttpMethod MethodOf(HttpRequestKind kind) => kind switch
    {
        HttpRequestKind.Negotiate or HttpRequestKind.Send => HttpMethod.Post,
        HttpRequestKind.Delete => HttpMethod.Delete,
        _ => HttpMethod.Get,
    };

    private HttpMessageInvoker CreateInvoker(HttpMessageHandler? shared)
    {
        var handler = shared ?? CreateOwnHandler();
        return new HttpMessageInvoker(new ObservingHandler(handler, _options), disposeHandler: false);
    }

    private SocketsHttpHandler CreateOwnHandler()
    {
        // No proxy from the environment: what is measured is the server at the URL.
        var handler = new SocketsHttpHandler { UseCookies = false, UseProxy = false };
        _options.ConfigureHandler?.Invoke(handler);
        _owned.Add(handler);
        return handler;
    }
}
