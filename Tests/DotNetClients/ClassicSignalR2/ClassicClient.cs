using System.Reflection;
using System.Text.Json;
using Microsoft.AspNet.SignalR.Client;
using Microsoft.AspNet.SignalR.Client.Http;
using Microsoft.AspNet.SignalR.Client.Transports;

namespace DotNetClients;

/// <summary>A connection of Microsoft.AspNet.SignalR.Client, the client of ASP.NET SignalR 2, that neither keeps nor sends cookies.</summary>
internal sealed class ClassicClient : IClient
{
    private readonly HubConnection _connection;
    private readonly IHubProxy _hub;
    private readonly IClientTransport _transport;

    public ClassicClient(Uri url, ClientOptions options, Action<string, object> emit)
    {
        _connection = new HubConnection(url.AbsoluteUri, useDefaultUrl: false);
        _hub = _connection.CreateHubProxy("chat");
        _hub.On<string, string, string>("receive", (user, message, node) => emit("message", new { values = new[] { user, message, node } }));
        _connection.Closed += () => emit("closed", new { });
        _connection.Error += error => emit("error", new { error = error.ToString() });
        _connection.Reconnecting += () => emit("reconnecting", new { });
        _connection.Reconnected += () => emit("reconnected", new { connectionId = _connection.ConnectionId });
        _transport = CreateTransport(options.Transport);
    }

    public async Task<IReadOnlyDictionary<string, string>> StartAsync()
    {
        await _connection.Start(_transport);
        var assembly = typeof(HubConnection).Assembly;
        return new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [assembly.GetName().Name!] = assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion,
        };
    }

    public async Task<object?> InvokeAsync(string method, object?[] values)
    {
        var result = await _hub.Invoke<object>(method, values);

        // An object of Newtonsoft.Json says itself as JSON.
        return result is null or string ? result : JsonSerializer.Deserialize<JsonElement>(result.ToString()!);
    }

    public Task<IReadOnlyList<int>> StreamAsync(string method, object?[] values) => throw new NotSupportedException("ASP.NET SignalR has no streams.");

    public Task<object?> UploadAsync(string method, object?[] values) => throw new NotSupportedException("ASP.NET SignalR has no streams.");

    public ValueTask DisposeAsync()
    {
        _connection.Dispose();
        return ValueTask.CompletedTask;
    }

    // The delays are two and five seconds by default, and the tests have better things to do than to wait.
    private static IClientTransport CreateTransport(string name)
    {
        var delay = TimeSpan.FromMilliseconds(100);
        return name switch
        {
            "webSockets" => new WebSocketTransport(new WithoutCookies()) { ReconnectDelay = delay },
            "serverSentEvents" => new ServerSentEventsTransport(new WithoutCookies()) { ReconnectDelay = delay },
            "longPolling" => new LongPollingTransport(new WithoutCookies()) { ReconnectDelay = delay },
            _ => throw new NotSupportedException($"No transport '{name}'."),
        };
    }

    private sealed class WithoutCookies : DefaultHttpClient
    {
        protected override HttpMessageHandler CreateHandler()
        {
            var handler = (HttpClientHandler)base.CreateHandler();
            handler.UseCookies = false;
            return handler;
        }
    }
}
