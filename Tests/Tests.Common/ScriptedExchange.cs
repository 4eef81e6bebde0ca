using System.Text;

namespace Tests.Common;

/// <summary>One request at a <see cref="ScriptedNode"/>, to be answered.</summary>
/// <param name="NodeName">The node's name.</param>
/// <param name="Request">What came.</param>
/// <param name="Connection">For answers that are no whole responses.</param>
public sealed record ScriptedExchange(string NodeName, RawMessage Request, RawConnection Connection)
{
    /// <summary>Answers with whole bytes, framing included.</summary>
    public Task SendAsync(string text) => Connection.SendAsync(text);

    /// <summary>Answers with a body of known length.</summary>
    public Task AnswerAsync(int status, string body = "", params string[] fields) =>
        SendAsync($"HTTP/1.1 {status} Scripted\r\nContent-Length: {body.Length}\r\n{string.Concat(fields.Select(field => field + "\r\n"))}\r\n{body}");

    /// <summary>Answers with the node's name.</summary>
    public Task AnswerNameAsync() => AnswerAsync(200, NodeName, "Content-Type: text/plain");

    /// <summary>Answers a negotiate in version 1 with a token of the node's own.</summary>
    public Task AnswerNegotiateAsync(string token) =>
        AnswerAsync(200, Negotiation(token), "Content-Type: application/json");

    /// <summary>Switches to WebSocket; what follows is frames.</summary>
    public async Task AcceptWebSocketAsync(params string[] fields)
    {
        var key = Request.Field("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; // RFC 6455, 1.3
#pragma warning disable CA5350 // SHA-1 is what the RFC says.
        var accept = Convert.ToBase64String(System.Security.Cryptography.SHA1.HashData(Encoding.ASCII.GetBytes(key)));
#pragma warning restore CA5350
        await SendAsync($"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {accept}\r\n"
            + $"{string.Concat(fields.Select(field => field + "\r\n"))}\r\n");
    }

    /// <summary>What ASP.NET Core answers to a negotiate in version 1.</summary>
    public static string Negotiation(string token) =>
        $$"""{"negotiateVersion":1,"connectionId":"public-{{token}}","connectionToken":"{{token}}","availableTransports":[{"transport":"LongPolling","transferFormats":["Text","Binary"]}]}""";
}
