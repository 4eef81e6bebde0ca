using System.Diagnostics.Metrics;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text.Json;

namespace Proxy.WarmUp;

/// <summary>Drives the gateway as clients do, with every transport.</summary>
internal sealed class WarmUpClient : IDisposable
{
    // Small requests and small messages are what clients send most.
    private const int RequestsPerRound = 4;
    private const int MessagesPerConnection = 8;

    private static readonly byte[] Message = new byte[128];

    private readonly Uri _gateway;
    private readonly Uri _hub;
    private readonly HttpClient _http;

    public WarmUpClient(string gateway, IMeterFactory meters)
    {
        _gateway = new Uri(gateway);
        _hub = new Uri(_gateway, WarmUpNode.HubPath);
        _http = new HttpClient(new SocketsHttpHandler { UseCookies = false, UseProxy = false, MeterFactory = meters });
    }

    /// <summary>One connection over each transport, and some requests that belong to none.</summary>
    public async Task RunRoundAsync(CancellationToken cancellationToken)
    {
        await UseWebSocketAsync(await NegotiateAsync(cancellationToken), cancellationToken);
        await UseEventStreamAsync(await NegotiateAsync(cancellationToken), cancellationToken);
        await UseLongPollingAsync(await NegotiateAsync(cancellationToken), cancellationToken);
        for (var i = 0; i < RequestsPerRound; i++)
        {
            using var answer = await SendAsync(HttpMethod.Get, _gateway, cancellationToken);
        }
    }

    public void Dispose() => _http.Dispose();

    /// <returns>The address of the new connection.</returns>
    private async Task<Uri> NegotiateAsync(CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(HttpMethod.Post, new Uri($"{_hub}/negotiate?negotiateVersion=1"), cancellationToken);
        using var negotiated = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(cancellationToken));
        return new Uri($"{_hub}?id={negotiated.RootElement.GetProperty("connectionToken").GetString()}");
    }

    private async Task UseWebSocketAsync(Uri connection, CancellationToken cancellationToken)
    {
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new UriBuilder(connection) { Scheme = Uri.UriSchemeWs }.Uri, _http, cancellationToken);
        var buffer = new byte[2 * Message.Length];
        for (var i = 0; i < MessagesPerConnection; i++)
        {
            await socket.SendAsync(Message.AsMemory(), WebSocketMessageType.Binary, endOfMessage: true, cancellationToken);
            await socket.ReceiveAsync(buffer.AsMemory(), cancellationToken);
        }

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, cancellationToken);
    }

    private async Task UseEventStreamAsync(Uri connection, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, connection);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        answer.EnsureSuccessStatusCode();
        using var events = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellationToken));
        await events.ReadLineAsync(cancellationToken); // A comment, by which the node shows that the stream is open.
        for (var i = 0; i < MessagesPerConnection; i++)
        {
            await PostMessageAsync(connection, cancellationToken);
            while (await events.ReadLineAsync(cancellationToken) is { Length: > 0 })
            {
                // To the empty line that ends an event.
            }
        }
    }

    private async Task UseLongPollingAsync(Uri connection, CancellationToken cancellationToken)
    {
        using var first = await SendAsync(HttpMethod.Get, connection, cancellationToken); // The first poll is answered at once.
        for (var i = 0; i < MessagesPerConnection; i++)
        {
            await PostMessageAsync(connection, cancellationToken);
            using var poll = await SendAsync(HttpMethod.Get, connection, cancellationToken);
        }

        using var end = await SendAsync(HttpMethod.Delete, connection, cancellationToken);
    }

    private async Task PostMessageAsync(Uri connection, CancellationToken cancellationToken)
    {
        using var content = new StringContent("message");
        using var answer = await _http.PostAsync(connection, content, cancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri address, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, address);
        return (await _http.SendAsync(request, cancellationToken)).EnsureSuccessStatusCode();
    }
}
