using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Proxy.Requests;

namespace Proxy.Clusters.Probes;

/// <summary>Opens one connection to a hub on one transport, does the hub handshake, and ends it as a client would.</summary>
/// <remarks>
/// Source of the handshake: SignalR's HubProtocol.md. A hub that answers that it does not speak JSON (such as Blazor's) has answered: the transport works.
/// </remarks>
internal static class ProbedTransport
{
    private const byte RecordSeparator = 0x1E;

    /// <summary>An answer to a handshake is small; more is not read.</summary>
    private const int MaxAnswerBytes = 4096;

    private static readonly byte[] Handshake = [.. "{\"protocol\":\"json\",\"version\":1}"u8, RecordSeparator];

    /// <summary>Tries a transport.</summary>
    /// <param name="hub">The hub.</param>
    /// <param name="transport">As the negotiate answer names it.</param>
    /// <param name="id">An id that nothing has used.</param>
    /// <param name="cancellationToken">The probe's time limit.</param>
    /// <returns>What is wrong, or <see langword="null"/>.</returns>
    public static Task<string?> TryAsync(ProbedHub hub, string transport, string id, CancellationToken cancellationToken) => transport switch
    {
        "WebSockets" => TryWebSocketAsync(hub, id, cancellationToken),
        "ServerSentEvents" => TryEventStreamAsync(hub, id, cancellationToken),
        _ => TryPollsAsync(hub, id, cancellationToken),
    };

    private static async Task<string?> TryWebSocketAsync(ProbedHub hub, string id, CancellationToken cancellationToken)
    {
        using var socket = new ClientWebSocket();
        socket.Options.HttpVersion = hub.Version;
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        hub.WriteFields(socket.Options);
        await socket.ConnectAsync(new Uri("ws" + hub.ConnectionUrl(id)["http".Length..]), hub.Client, cancellationToken);
        await socket.SendAsync(Handshake, WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
        var answer = new byte[MaxAnswerBytes];
        var length = 0;
        while (length < answer.Length && !answer.AsSpan(0, length).Contains(RecordSeparator))
        {
            var received = await socket.ReceiveAsync(answer.AsMemory(length), cancellationToken);
            if (received.MessageType is WebSocketMessageType.Close)
            {
                return $"the hub closed it with {(int?)socket.CloseStatus} instead of answering the handshake";
            }

            length += received.Count;
        }

        var verdict = Judge(answer.AsSpan(0, length));
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, cancellationToken);
        return verdict;
    }

    private static async Task<string?> TryEventStreamAsync(ProbedHub hub, string id, CancellationToken cancellationToken)
    {
        using var stream = await hub.SendAsync(HttpMethod.Get, hub.ConnectionUrl(id), default, "text/event-stream", cancellationToken);
        if (stream.StatusCode is not HttpStatusCode.OK || stream.Content.Headers.ContentType?.MediaType is not "text/event-stream")
        {
            return $"the stream was answered {(int)stream.StatusCode} {stream.Content.Headers.ContentType?.MediaType}".TrimEnd();
        }

        if (ContentCodings.Of(stream.Content) is { Count: > 0 } codings)
        {
            return $"the stream is compressed ({string.Join(", ", codings)}), though no coding was accepted";
        }

        if (await SendHandshakeAsync(hub, id, cancellationToken) is { } refusal)
        {
            return refusal;
        }

        await using var events = await stream.Content.ReadAsStreamAsync(cancellationToken);
        var bytes = new byte[MaxAnswerBytes];
        var length = 0;
        while (length < bytes.Length && !bytes.AsSpan(0, length).Contains(RecordSeparator))
        {
            var read = await events.ReadAsync(bytes.AsMemory(length), cancellationToken);
            if (read == 0)
            {
                return "the stream ended before the handshake was answered";
            }

            length += read;
        }

        var data = bytes.AsSpan(0, length).LastIndexOf("data:"u8);
        return data < 0 ? "the handshake was not answered by an event" : Judge(bytes.AsSpan((data + 5)..length));
    }

    private static async Task<string?> TryPollsAsync(ProbedHub hub, string id, CancellationToken cancellationToken)
    {
        // The first poll only opens the connection and is answered at once.
        var (status, _) = await PollAsync(hub, id, cancellationToken);
        if (status is not HttpStatusCode.OK)
        {
            return $"the first poll was answered {(int)status}";
        }

        if (await SendHandshakeAsync(hub, id, cancellationToken) is { } refusal)
        {
            return refusal;
        }

        byte[] answer;
        do
        {
            (status, answer) = await PollAsync(hub, id, cancellationToken);
            if (status is not HttpStatusCode.OK)
            {
                return $"a poll was answered {(int)status}";
            }
        }
        while (answer.Length == 0);

        var verdict = Judge(answer);
        using var ended = await hub.SendAsync(HttpMethod.Delete, hub.ConnectionUrl(id), default, null, cancellationToken);
        return verdict;
    }

    private static async Task<(HttpStatusCode Status, byte[] Body)> PollAsync(ProbedHub hub, string id, CancellationToken cancellationToken)
    {
        using var answer = await hub.SendAsync(HttpMethod.Get, hub.ConnectionUrl(id), default, null, cancellationToken);
        return (answer.StatusCode, await ProbedHub.ReadAsync(answer, cancellationToken));
    }

    private static async Task<string?> SendHandshakeAsync(ProbedHub hub, string id, CancellationToken cancellationToken)
    {
        using var sent = await hub.SendAsync(HttpMethod.Post, hub.ConnectionUrl(id), Handshake, null, cancellationToken);
        return sent.IsSuccessStatusCode ? null : $"the handshake's POST was answered {(int)sent.StatusCode}";
    }

    private static string? Judge(ReadOnlySpan<byte> answer)
    {
        var end = answer.IndexOf(RecordSeparator);
        try
        {
            var reader = new Utf8JsonReader(answer[..Math.Max(end, 0)]);
            using var document = JsonDocument.ParseValue(ref reader);
            if (document.RootElement.ValueKind is JsonValueKind.Object)
            {
                var error = document.RootElement.TryGetProperty("error", out var text) ? text.ToString() : null;
                return error is null
                    || error.StartsWith("The protocol 'json' is not supported", StringComparison.Ordinal) ? null : $"the hub refused the handshake: {error}";
            }
        }
        catch (JsonException)
        {
            // Said below.
        }

        return $"the handshake's answer is none: {Encoding.UTF8.GetString(answer[..Math.Min(answer.Length, 64)])}";
    }
}
