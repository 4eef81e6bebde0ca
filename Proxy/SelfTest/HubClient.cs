using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Proxy.Requests;

namespace Proxy.SelfTest;

/// <summary>The requests that a SignalR client sends, without cookies: what holds for such a client holds for all.</summary>
internal sealed class HubClient(CheckTarget target, TimeProvider time) : IDisposable
{
    /// <summary>How long an answer is waited for that does not depend on anything else.</summary>
    public static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(10);

    /// <summary>What is sent at once arrives within this time, from the other side of the world too.</summary>
    public static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(3);

    private const string Negotiate = "negotiate";

    /// <summary>Of a negotiate, and of a poll in an idle connection.</summary>
    private const int MaxAnswerBytes = 1024 * 1024;

    // Straight to the public address, as clients outside: not through a proxy that this machine uses.
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = AnswerTimeout,
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower, // HTTP/2 where TLS offers it, as browsers do
    };

    public async Task<NegotiationResult> NegotiateAsync(CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        using var limit = Limit(AnswerTimeout, cancellationToken);
        try
        {
            using var request = Request(HttpMethod.Post, target.With("/negotiate", "negotiateVersion=1"));
            using var response = await _http.SendAsync(request, limit.Token);
            var body = await ReadAsync(response, limit.Token);
            return response.StatusCode is HttpStatusCode.OK
                ? ReadNegotiation(body, response.Version, time.GetElapsedTime(started))
                : new(null, Refusal(Negotiate, response, CheckCode.NegotiateRefused, "The negotiate"));
        }
        catch (HttpRequestException e)
        {
            return new(null, CheckFinding.Problem(Negotiate, CheckCode.Unreachable, $"The address cannot be reached: {Words(e)}."));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new(null, CheckFinding.Problem(
                Negotiate, CheckCode.Unreachable, $"The negotiate was not answered within {AnswerTimeout.TotalSeconds:0} s.", AnswerTimeout));
        }
    }

    /// <summary>Sends a request with the connection's id; the headers of its answer are waited for.</summary>
    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string id, CancellationToken cancellationToken, string? accept = null, string? body = null)
    {
        using var request = Request(method, target.With("", "id=" + id));
        if (accept is not null)
        {
            request.Headers.Accept.ParseAdd(accept);
            request.Headers.AcceptEncoding.ParseAdd("gzip"); // As browsers do; a proxy that compresses events holds them back.
        }

        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "text/plain");
        }

        return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    /// <summary>Reads an answer that ends. What it is compressed by is undone, as browsers do, though nothing was accepted.</summary>
    public static async Task<string> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        var plain = ContentCodings.Decode(ContentCodings.Of(response.Content), body, MaxAnswerBytes);
        return Encoding.UTF8.GetString(plain ?? []).TrimStart('\uFEFF'); // browsers drop the mark, too
    }

    /// <summary>Sends the hub protocol's handshake by POST.</summary>
    /// <returns>What is wrong with its answer, or <see langword="null"/>; and how long it took.</returns>
    public async Task<(CheckFinding? Problem, TimeSpan Took)> PostHandshakeAsync(string area, string id, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        using var limit = Limit(AnswerTimeout, cancellationToken);
        try
        {
            using var response = await SendAsync(HttpMethod.Post, id, limit.Token, body: HubRecord.Handshake);
            var took = time.GetElapsedTime(started);
            if (!response.IsSuccessStatusCode)
            {
                return (Refusal(area, response, CheckCode.MethodRefused, "A message to the hub (POST)"), took);
            }

            return took > MaxDelay
                ? (CheckFinding.Problem(area, CheckCode.PostDelayed, $"A message to the hub (POST) took {took.TotalSeconds:0.0} s.", took), took)
                : (null, took);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            var message = $"A message to the hub (POST) was not answered within {AnswerTimeout.TotalSeconds:0} s.";
            return (CheckFinding.Problem(area, CheckCode.PostDelayed, message, AnswerTimeout), AnswerTimeout);
        }
    }

    /// <summary>A WebSocket, not connected, and its address.</summary>
    public (ClientWebSocket Socket, Uri Address) CreateWebSocket(string id)
    {
        var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        socket.Options.KeepAliveInterval = TimeSpan.Zero; // Browsers send no pings of their own.
        socket.Options.Proxy = null;
        if (target.AccessToken is { } token)
        {
            socket.Options.SetRequestHeader("Authorization", "Bearer " + token);
        }

        var address = new UriBuilder(target.With("", "id=" + id));
        address.Scheme = address.Scheme is "https" ? "wss" : "ws";
        return (socket, address.Uri);
    }

    /// <summary>A finding about an answer that is no success.</summary>
    public static CheckFinding Refusal(string area, HttpResponseMessage response, string code, string what)
    {
        var outcome = response.Headers.TryGetValues("X-Affinity-Outcome", out var values) ? values.FirstOrDefault() : null;
        return Refusal(area, (int)response.StatusCode, outcome, code, what);
    }

    /// <inheritdoc cref="Refusal(string, HttpResponseMessage, string, string)"/>
    public static CheckFinding Refusal(string area, int status, string? outcome, string code, string what)
    {
        var reason = outcome is null ? "" : $" (the gateway says {outcome})";
        return status switch
        {
            401 or 403 => CheckFinding.Problem(area, CheckCode.Unauthorized, $"{what} got {status}: the hub, or something in front of it, asks for a token."),
            >= 300 and < 400 => CheckFinding.Problem(area, CheckCode.Redirected, $"{what} got {status}: the address points elsewhere."),
            404 when area is not Negotiate =>
                CheckFinding.Problem(area, CheckCode.AffinityLost, $"{what} got 404{reason}: it did not reach the node that has the connection."),
            405 or 501 => CheckFinding.Problem(area, CheckCode.MethodRefused, $"{what} got {status}: the method is not let through."),
            _ => CheckFinding.Problem(area, code, $"{what} got {status}{reason}."),
        };
    }

    /// <summary>What failed, without an address and so without a token.</summary>
    public static string Words(Exception exception) => exception switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => "its name does not resolve",
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => "the connection was refused or timed out",
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => "TLS failed, or its certificate is not trusted here",
        HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded } or IOException => "the connection was closed before an answer",
        WebSocketException { InnerException: { } inner } => Words(inner),
        _ => exception.GetType().Name,
    };

    /// <summary>Ends after a time, or with the whole self-test.</summary>
    public static CancellationTokenSource Limit(TimeSpan time, CancellationToken cancellationToken)
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(time);
        return limit;
    }

    public void Dispose() => _http.Dispose();

    private static NegotiationResult ReadNegotiation(string body, Version httpVersion, TimeSpan took)
    {
        JsonElement answer;
        try
        {
            answer = JsonElement.Parse(body);
        }
        catch (JsonException)
        {
            answer = default;
        }

        if (Text(answer, "url") is not null)
        {
            return new(null, CheckFinding.Problem(Negotiate, CheckCode.Redirected, "The hub sends its clients to another service; test that one's address."));
        }

        if ((Text(answer, "connectionToken") ?? Text(answer, "connectionId")) is not { } id)
        {
            var why = Text(answer, "error") is null ? "" : ": the hub answered with an error";
            return new(null, CheckFinding.Problem(Negotiate, CheckCode.NegotiateRefused, $"The answer to the negotiate names no connection{why}."));
        }

        IReadOnlyList<string> transports = answer.TryGetProperty("availableTransports", out var list) && list.ValueKind is JsonValueKind.Array
            ? [.. list.EnumerateArray().Select(transport => Text(transport, "transport")).OfType<string>()]
            : [];
        return new(new Negotiation(id, transports, httpVersion, took), null);
    }

    private static string? Text(JsonElement parent, string name) =>
        parent.ValueKind is JsonValueKind.Object && parent.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String
            ? value.GetString()
            : null;

    private HttpRequestMessage Request(HttpMethod method, Uri address)
    {
        var request = new HttpRequestMessage(method, address) { Version = _http.DefaultRequestVersion, VersionPolicy = _http.DefaultVersionPolicy };
        if (target.AccessToken is { } token)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        return request;
    }
}
