using System.Net;
using System.Net.Http.Headers;

namespace LoadTests.Connections;

/// <summary>Sees every request of an official client, WebSocket upgrades too: counts its answer, limits the wait for it, and keeps cookies.</summary>
/// <remarks>
/// One handler serves one connection. Cookies are handled here and not by the inner handler, so that clients with different cookies can share that one.
/// An answer that refuses is thrown as an exception that names the request: the official client's own message has only the status.
/// </remarks>
internal sealed class ObservingHandler(HttpMessageHandler inner, ConnectionTrace trace) : DelegatingHandler(inner)
{
    private bool _hasPolled;

    /// <summary>Keeps and sends cookies. <see langword="null"/> (default): cookies are ignored.</summary>
    public CookieContainer? Cookies { get; init; }

    /// <summary>Longest wait for the head of an answer.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>Other clients use the inner handler too, so it is not disposed with this one.</summary>
    public bool IsInnerShared { get; init; }

    /// <exception cref="HttpRequestException">No answer, or one that refuses; it then has the status.</exception>
    /// <exception cref="TimeoutException">No answer within <see cref="Timeout"/>.</exception>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var kind = KindOf(request);
        AddCookies(request);
        var response = await SendAsync(kind, request, cancellationToken);
        KeepCookies(response);
        trace.Record(kind, (int)response.StatusCode);

        // A DELETE may find that the hub's close message has ended the connection a moment before; the official client expects that.
        if ((int)response.StatusCode < 400 || kind == HttpRequestKind.Delete)
        {
            return response;
        }

        using (response)
        {
            throw new HttpRequestException($"{kind} was answered with status {(int)response.StatusCode}.", inner: null, response.StatusCode);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (!IsInnerShared)
        {
            base.Dispose(disposing);
        }
    }

    private static HttpRequestKind KindOf(HttpRequestMessage request) => request.Method.Method switch
    {
        "POST" => request.RequestUri!.AbsolutePath.EndsWith("/negotiate", StringComparison.Ordinal) ? HttpRequestKind.Negotiate : HttpRequestKind.Send,
        "DELETE" => HttpRequestKind.Delete,
        _ when request.RequestUri!.Scheme is "ws" or "wss" => HttpRequestKind.WebSocket,
        _ when request.Headers.Accept.Contains(new MediaTypeWithQualityHeaderValue("text/event-stream")) => HttpRequestKind.ServerSentEvents,
        _ => HttpRequestKind.Poll,
    };

    private async Task<HttpResponseMessage> SendAsync(HttpRequestKind kind, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

        // The first poll is answered at once. A later one may hang for as long as the hub has nothing to say.
        if (kind != HttpRequestKind.Poll || !Interlocked.Exchange(ref _hasPolled, true))
        {
            limited.CancelAfter(Timeout);
        }

        var answer = base.SendAsync(request, limited.Token);
        await ((Task)answer).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!answer.IsCompletedSuccessfully)
        {
            trace.Record(kind, ConnectionTrace.NoAnswer);
        }

        return answer.IsCanceled && !cancellationToken.IsCancellationRequested
            ? throw new TimeoutException($"{kind} was not answered within {Timeout:c}.")
            : await answer;
    }

    private void AddCookies(HttpRequestMessage request)
    {
        if (Cookies?.GetCookieHeader(request.RequestUri!) is { Length: > 0 } cookies)
        {
            request.Headers.TryAddWithoutValidation("Cookie", cookies);
        }
    }

    private void KeepCookies(HttpResponseMessage response)
    {
        if (Cookies is null || !response.Headers.TryGetValues("Set-Cookie", out var values))
        {
            return;
        }

        foreach (var value in values)
        {
            try
            {
                Cookies.SetCookies(response.RequestMessage!.RequestUri!, value);
            }
            catch (CookieException)
            {
                // As a browser does: a cookie for another domain is not kept, and the answer stands.
            }
        }
    }
}
