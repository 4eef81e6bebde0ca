using System.Text;
using Microsoft.AspNetCore.Http.Connections;

namespace LoadTests.Lean;

/// <summary>One client of a hub, as seen from the wire: it negotiates, and keeps its cookie if it is to.</summary>
internal sealed class LeanHubClient(LeanTarget target, bool keepCookies)
{
    private string _cookie = "";

    /// <summary>Asks for a connection; returns its token.</summary>
    public async ValueTask<string> NegotiateAsync(LeanHttpConnection http, CancellationToken cancellationToken)
    {
        var head = await http.ExchangeAsync(Request("POST", target.Path + "/negotiate?negotiateVersion=1"), cancellationToken);
        Expect(head, 200);
        Remember(head);
        return TokenIn(Encoding.UTF8.GetString(http.Body.Span));
    }

    /// <summary>Negotiates, starts the transport and shakes hands. A WebSocket has a TCP connection of its own, as browsers give it.</summary>
    /// <param name="transport">One of the three.</param>
    /// <param name="bufferSize">Bytes that a WebSocket receives at once.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<ILeanTransport> OpenAsync(HttpTransportType transport, int bufferSize, CancellationToken cancellationToken)
    {
        string token;
        using (var http = new LeanHttpConnection(target))
        {
            token = await NegotiateAsync(http, cancellationToken);
        }

        return transport switch
        {
            HttpTransportType.WebSockets => await OpenWebSocketAsync(token, bufferSize, cancellationToken),
            HttpTransportType.ServerSentEvents => await OpenEventStreamAsync(token, cancellationToken),
            _ => await OpenLongPollingAsync(token, cancellationToken),
        };
    }

    /// <summary>Negotiates and opens an event stream.</summary>
    public async Task<LeanEventStream> OpenEventStreamAsync(CancellationToken cancellationToken)
    {
        using var http = new LeanHttpConnection(target);
        return await OpenEventStreamAsync(await NegotiateAsync(http, cancellationToken), cancellationToken);
    }

    /// <summary>The bytes of a request of this client.</summary>
    public byte[] Request(string method, string path, string body = "", string headers = "") => Encoding.Latin1.GetBytes(
        $"{method} {path} HTTP/1.1\r\nHost: {target.Host}\r\n{headers}{_cookie}{Length(method, body)}\r\n{body}");

    /// <summary>The bytes of a request that belongs to a connection.</summary>
    public byte[] RequestWithId(string method, string token, string body = "", string headers = "") =>
        Request(method, $"{target.Path}?id={token}", body, headers);

    /// <summary>Keeps the cookies of an answer.</summary>
    public void Remember(HttpHead head)
    {
        if (keepCookies && head.Cookies is { } cookies)
        {
            _cookie = $"Cookie: {cookies}\r\n";
        }
    }

    /// <summary>Any other status is an error that names it.</summary>
    public static void Expect(HttpHead head, int status)
    {
        if (head.Status != status)
        {
            throw new HttpRequestException($"{head.StartLine} instead of {status}.");
        }
    }

    private async Task<LeanWebSocket> OpenWebSocketAsync(string token, int bufferSize, CancellationToken cancellationToken)
    {
        var socket = await LeanSocket.ConnectAsync(target.EndPoint, bufferSize, cancellationToken);
        try
        {
            await socket.SendAsync(Upgrade(token), cancellationToken);
            HttpHead? head;
            while ((head = HttpHead.TryRead(socket.Received)) is null)
            {
                await socket.FillOrThrowAsync(cancellationToken);
            }

            Expect(head, 101);
            Remember(head);
            socket.Use(head.Size);
            var webSocket = new LeanWebSocket(socket);
            await webSocket.ShakeHandsAsync(cancellationToken);
            return webSocket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<LeanEventStream> OpenEventStreamAsync(string token, CancellationToken cancellationToken)
    {
        var stream = new LeanEventStream(target, this, token);
        try
        {
            await stream.OpenAsync(cancellationToken);
            return stream;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    private async Task<LeanLongPolling> OpenLongPollingAsync(string token, CancellationToken cancellationToken)
    {
        var polling = new LeanLongPolling(target, this, token);
        try
        {
            await polling.OpenAsync(cancellationToken);
            return polling;
        }
        catch
        {
            polling.Dispose();
            throw;
        }
    }

    private byte[] Upgrade(string token) => RequestWithId(
        "GET", token, headers: "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");

    private static string Length(string method, string body) => method == "POST" ? $"Content-Length: {body.Length}\r\n" : "";

    private static string TokenIn(string json)
    {
        const string Name = "\"connectionToken\":\"";
        var start = json.IndexOf(Name, StringComparison.Ordinal);
        if (start < 0)
        {
            throw new InvalidDataException("The negotiate's answer has no connectionToken.");
        }

        start += Name.Length;
        return json[start..json.IndexOf('"', start)];
    }
}
