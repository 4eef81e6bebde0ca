using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using HubNode;

namespace Tests.Common;

/// <summary>A SignalR client with automatic reconnect on WebSockets that costs little, so that a test can have thousands.</summary>
/// <remarks>All of them share one pool of TCP connections. Cookies are kept by hand, for each client its own.</remarks>
[SuppressMessage("Design", "CA1001", Justification = "The source has no timer.")]
public sealed class LightClient(HttpMessageInvoker http, Uri gateway, bool keepsCookies = false) : IAsyncDisposable
{
    private const char RecordSeparator = '\u001e';

    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _ends = new();
    private readonly ConcurrentQueue<int> _refusals = new();
    private TaskCompletionSource<string>? _answer;
    private ClientWebSocket? _socket;
    private Task _running = Task.CompletedTask;
    private int _lastInvocation;
    private volatile string? _node;
    private int _connections;

    /// <summary>Sent with every request; the gateway's cookie.</summary>
    public string? Cookie { get; private set; }

    /// <summary>The node of its present connection, or <see langword="null"/> while it has none.</summary>
    public string? Node => _node;

    /// <summary>Connections that it has had.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>How its connections ended: <c>reconnect 1000</c> is SignalR's Close message with leave to come back, and then a close frame.</summary>
    public IReadOnlyCollection<string> Ends => _ends;

    /// <summary>Statuses of negotiates and handshakes that were not answered well.</summary>
    public IReadOnlyCollection<int> Refusals => _refusals;

    /// <summary>One pool for all clients of a test.</summary>
    public static HttpMessageInvoker CreatePool() => new(new SocketsHttpHandler { UseCookies = false, PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30) });

    /// <summary>Connects; from then on the client comes back whenever it is disconnected.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!await ConnectAsync(cancellationToken))
        {
            throw new InvalidOperationException($"Refused: {string.Join(", ", Refusals)}.");
        }

        _running = RunAsync();
    }

    /// <summary>Calls the hub on the present connection.</summary>
    public async Task<string> EchoAsync(string text, CancellationToken cancellationToken)
    {
        var id = Interlocked.Increment(ref _lastInvocation).ToString(CultureInfo.InvariantCulture);
        var answer = _answer = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await SendAsync($$"""{"type":1,"invocationId":"{{id}}","target":"Echo","arguments":["{{text}}"]}""", cancellationToken);
        return await answer.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Goes away without a word.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_stop.IsCancellationRequested)
        {
            await _stop.CancelAsync();
            _socket?.Abort();
            await _running;
            _socket?.Dispose();
        }
    }

    private async Task<bool> ConnectAsync(CancellationToken cancellationToken)
    {
        using var negotiate = new HttpRequestMessage(
            HttpMethod.Post, new Uri(gateway, "/hub/negotiate?negotiateVersion=1"))
        { Content = new ByteArrayContent([]) };
        if (Cookie is not null)
        {
            negotiate.Headers.Add("Cookie", Cookie);
        }

        using var answer = await http.SendAsync(negotiate, cancellationToken);
        if (!answer.IsSuccessStatusCode)
        {
            _refusals.Enqueue((int)answer.StatusCode);
            return false;
        }

        if (keepsCookies && answer.Headers.TryGetValues("Set-Cookie", out var cookies))
        {
            Cookie = cookies.Single().Split(';')[0];
        }

        using var body = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(cancellationToken));
        var socket = new ClientWebSocket();
        if (Cookie is not null)
        {
            socket.Options.SetRequestHeader("Cookie", Cookie);
        }

        var url = new UriBuilder(gateway) { Scheme = "ws", Path = "/hub", Query = "id=" + body.RootElement.GetProperty("connectionToken").GetString() };
        try
        {
            await socket.ConnectAsync(url.Uri, http, cancellationToken);
            await socket.SendAsync(Encoding.UTF8.GetBytes(
                "{\"protocol\":\"json\",\"version\":1}" + RecordSeparator), WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
        }
        catch (WebSocketException)
        {
            _refusals.Enqueue((int)socket.HttpStatusCode);
            socket.Dispose();
            return false;
        }

        _socket = socket;
        _node = answer.Headers.GetValues(HubNodeApp.NodeHeader).Single();
        Interlocked.Increment(ref _connections);
        return true;
    }

    private async Task RunAsync()
    {
        var buffer = new byte[4096];
        while (!_stop.IsCancellationRequested)
        {
            var end = await ReceiveAsync(buffer);
            _node = null;
            _socket!.Dispose();
            if (_stop.IsCancellationRequested)
            {
                return;
            }

            _ends.Enqueue(end);
            await ComeBackAsync();
        }
    }

    private async Task<string> ReceiveAsync(byte[] buffer)
    {
        var mayReconnect = "";
        var message = new StringBuilder();
        try
        {
            while (true)
            {
                var received = await _socket!.ReceiveAsync(buffer.AsMemory(), _stop.Token);
                if (received.MessageType is WebSocketMessageType.Close)
                {
                    var status = (int?)_socket.CloseStatus;
                    await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, _stop.Token);
                    return $"{mayReconnect}{status}";
                }

                message.Append(Encoding.UTF8.GetString(buffer, 0, received.Count));
                if (received.EndOfMessage)
                {
                    foreach (var text in message.ToString().Split(RecordSeparator, StringSplitOptions.RemoveEmptyEntries))
                    {
                        mayReconnect = await TakeAsync(text) ?? mayReconnect;
                    }

                    message.Clear();
                }
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            return mayReconnect + "broken";
        }
    }

    private async ValueTask<string?> TakeAsync(string text)
    {
        using var json = JsonDocument.Parse(text);
        switch (json.RootElement.TryGetProperty("type", out var type) ? type.GetInt32() : 0)
        {
            case 3:
                _answer?.TrySetResult(json.RootElement.GetProperty("result").GetString() ?? "");
                return null;
            case 6:
                await SendAsync("""{"type":6}""", _stop.Token); // a hub gives up a client that is silent for 30 s; its own pings come every 15 s
                return null;
            case 7:
                return json.RootElement.TryGetProperty("allowReconnect", out var allowed) && allowed.GetBoolean() ? "reconnect " : "close ";
            default:
                return null;
        }
    }

    private async Task ComeBackAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                if (await ConnectAsync(_stop.Token))
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                _refusals.Enqueue(0);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            await Task.Yield();
        }
    }

    private async Task SendAsync(string message, CancellationToken cancellationToken) =>
        await _socket!.SendAsync(Encoding.UTF8.GetBytes(message + RecordSeparator), WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
}
