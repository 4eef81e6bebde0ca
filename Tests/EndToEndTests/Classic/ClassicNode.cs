using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tests.Common;

namespace EndToEndTests.Classic;

/// <summary>As much of a server of ASP.NET SignalR 2 as its clients see: negotiation, transports (not foreverFrame), JSONP, hub calls in both
/// directions.</summary>
/// <remarks>
/// Follows the sources of SignalR/SignalR, which runs on .NET Framework only. In one thing it is stricter. The real servers of a farm can all read a token:
/// the wrong
/// one takes what is sent to it, and the messages for that client stay with the right one. This one answers 400, so that a test sees it.
/// </remarks>
internal sealed class ClassicNode : IAsyncDisposable
{
    public const string Path = "/signalr";

    private static readonly TimeSpan PollTimeout = TimeSpan.FromSeconds(1); // 110 s by default; here an idle client is to poll again
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(6);

    private readonly ConcurrentDictionary<string, ClassicConnection> _connections = new(StringComparer.Ordinal);
    private readonly WebApplication _app;

    private ClassicNode(string name, WebApplication app)
    {
        Name = name;
        _app = app;
        app.UseWebSockets();
        app.MapGet("/", () => Results.Content("<!DOCTYPE html><title>page</title><link rel=\"icon\" href=\"data:,\">", "text/html"));
        app.MapGet(Path + "/negotiate", Negotiate);
        app.Map(Path + "/{command}", ServeAsync);
    }

    public string Name { get; }

    public Uri Url => new(_app.Urls.Single());

    /// <summary>Connections that were negotiated and not ended.</summary>
    public int Connections => _connections.Count;

    public static async Task<ClassicNode> StartAsync(string name, RequestRecorder recorder)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(recorder.At(name));
        var node = new ClassicNode(name, builder.Build());
        await node._app.StartAsync();
        return node;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections.Values)
        {
            connection.EndRequest();
        }

        await _app.DisposeAsync();
    }

    /// <summary>Ends the request that a client receives by, as a server does that restarts, and says something before the client is back.</summary>
    public void Interrupt(string connectionId, string text)
    {
        var connection = _connections.Values.Single(connection => connection.Id == connectionId);
        connection.EndRequest();
        connection.Call("receive", "node", text, Name);
    }

    private Task Negotiate(HttpContext context)
    {
        var id = Guid.NewGuid().ToString();
        var token = Convert.ToBase64String(RandomNumberGenerator.GetBytes(61)); // with an = that has to be escaped, and likely a + and a /
        _connections[token] = new ClassicConnection(Name, id);
        return AnswerAsync(context, new
        {
            Url = Path,
            ConnectionToken = token,
            ConnectionId = id,
            KeepAliveTimeout = 20.0,
            DisconnectTimeout = 30.0,
            ConnectionTimeout = 110.0,
            TryWebSockets = true,
            ProtocolVersion = context.Request.Query["clientProtocol"].ToString(),
            TransportConnectTimeout = 30.0, // 5 s by default, which a busy build machine may need
            LongPollDelay = 0.0,
        });
    }

    private async Task ServeAsync(HttpContext context, string command)
    {
        var token = context.Request.Query["connectionToken"].ToString();
        if (!_connections.TryGetValue(token, out var connection))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await context.Response.WriteAsync($"Node {Name} does not know this connection.");
            return;
        }

        switch (command)
        {
            case "start":
                await AnswerAsync(context, new { Response = "started" });
                break;
            case "send":
                await AnswerAsync(context, Invoke(connection, context, await ParameterAsync(context, "data") ?? ""));
                break;
            case "abort":
                _connections.TryRemove(token, out _);
                connection.EndRequest();
                break;
            case "connect" or "reconnect" or "poll":
                await ReceiveAsync(context, connection, command);
                break;
            default:
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                break;
        }
    }

    private async Task ReceiveAsync(HttpContext context, ClassicConnection connection, string command)
    {
        var ended = connection.StartReceiving(again: command == "reconnect");
        var cursor = command == "connect" ? null : await ParameterAsync(context, "messageId");
        switch (Transport(context))
        {
            case "webSockets":
                using (var socket = await context.WebSockets.AcceptWebSocketAsync())
                {
                    await TalkAsync(context, connection, socket, cursor, ended);
                }

                break;
            case "serverSentEvents":
                context.Response.ContentType = "text/event-stream";
                Task SendAsync(string text) => context.Response.WriteAsync($"data: {text}\n\n", context.RequestAborted);
                await SendAsync("initialized");
                await PushAsync(connection, cursor, message => SendAsync(message.ToJsonString()), ended);
                break;
            default:
                await PollAsync(context, connection, cursor, ended);
                break;
        }
    }

    private static async Task PollAsync(HttpContext context, ClassicConnection connection, string? cursor, Task ended)
    {
        SetContentType(context);
        await context.Response.Body.FlushAsync(context.RequestAborted); // as the real one: what follows may take long
        var messages = await connection.ReceiveAsync(cursor ?? ClassicConnection.Beginning, cursor is null ? TimeSpan.Zero : PollTimeout, ended);
        if (cursor is null)
        {
            messages["S"] = 1; // initialised
        }
        else if (ended.IsCompleted)
        {
            messages["T"] = 1; // reconnect
        }

        await AnswerAsync(context, messages);
    }

    // Until the client or the server ends it.
    private async Task TalkAsync(HttpContext context, ClassicConnection connection, WebSocket socket, string? cursor, Task ended)
    {
        using var sending = new SemaphoreSlim(1);
        async Task SendAsync(JsonObject message)
        {
            await sending.WaitAsync(context.RequestAborted);
            try
            {
                await socket.SendAsync(Encoding.UTF8.GetBytes(message.ToJsonString()), WebSocketMessageType.Text, endOfMessage: true, context.RequestAborted);
            }
            finally
            {
                sending.Release();
            }
        }

        var reading = ReadAsync(socket, data => SendAsync(Invoke(connection, context, data)));
        await PushAsync(connection, cursor, SendAsync, Task.WhenAny(ended, reading));
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", context.RequestAborted);
        await reading;
    }

    private static async Task ReadAsync(WebSocket socket, Func<string, Task> receiveAsync)
    {
        var buffer = new byte[4096];
        using var message = new MemoryStream();
        while (await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None) is { MessageType: not WebSocketMessageType.Close } part)
        {
            message.Write(buffer, 0, part.Count);
            if (part.EndOfMessage)
            {
                var data = Encoding.UTF8.GetString(message.GetBuffer(), 0, (int)message.Length);
                message.SetLength(0);
                await receiveAsync(data);
            }
        }
    }

    private static async Task PushAsync(ClassicConnection connection, string? cursor, Func<JsonObject, Task> sendAsync, Task ended)
    {
        if (cursor is null)
        {
            cursor = ClassicConnection.Beginning;
            await sendAsync(new JsonObject { ["C"] = cursor, ["S"] = 1, ["M"] = new JsonArray() });
        }

        while (!ended.IsCompleted)
        {
            var messages = await connection.ReceiveAsync(cursor, KeepAlive, ended);
            if (!ended.IsCompleted)
            {
                cursor = messages["C"]!.ToString();
                await sendAsync(messages["M"]!.AsArray().Count > 0 ? messages : []);
            }
        }
    }

    private JsonObject Invoke(ClassicConnection connection, HttpContext context, string data)
        => ClassicHub.Invoke(connection, Transport(context), _connections.Values, data);

    private static string Transport(HttpContext context) => context.Request.Query["transport"].ToString();

    // In the query with GET, which is what JSONP has; otherwise a form's.
    private static async Task<string?> ParameterAsync(HttpContext context, string name)
    {
        var inQuery = context.Request.Query[name].ToString();
        if (inQuery.Length > 0 || !HttpMethods.IsPost(context.Request.Method))
        {
            return inQuery;
        }

        // The .NET client does not say what it sends.
        using var reader = new StreamReader(context.Request.Body);
        var form = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(await reader.ReadToEndAsync(context.RequestAborted));
        return form.TryGetValue(name, out var value) ? value.ToString() : null;
    }

    private static string? Callback(HttpContext context) => context.Request.Query["callback"] is [{ Length: > 0 } callback] ? callback : null;

    private static void SetContentType(HttpContext context)
        => context.Response.ContentType = Callback(context) is null ? "application/json; charset=UTF-8" : "application/javascript; charset=UTF-8";

    private static Task AnswerAsync(HttpContext context, object answer)
    {
        if (!context.Response.HasStarted)
        {
            SetContentType(context);
        }

        var json = JsonSerializer.Serialize(answer);
        return context.Response.WriteAsync(Callback(context) is { } callback ? $"{callback}({json});" : json, context.RequestAborted);
    }
}
