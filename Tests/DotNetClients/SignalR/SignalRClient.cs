using System.Reflection;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.Http.Connections.Client;
using Microsoft.AspNetCore.SignalR.Client;

namespace DotNetClients;

/// <summary>A connection of Microsoft.AspNetCore.SignalR.Client that neither keeps nor sends cookies. It uses what all generations have.</summary>
internal sealed class SignalRClient : IClient
{
    private readonly HubConnection _connection;

    public SignalRClient(Uri url, ClientOptions options, Action<string, object> emit)
    {
        _connection = new HubConnectionBuilder().WithUrl(url, http =>
        {
            http.Transports = Enum.Parse<HttpTransportType>(options.Transport, ignoreCase: true);
            http.SkipNegotiation = options.SkipNegotiation;
            http.HttpMessageHandlerFactory = WithoutCookies;
            http.WebSocketConfiguration = webSocket => webSocket.Cookies = null;
        }).Build();
        _connection.On<string, string, string>("Receive", (user, message, node) => emit("message", new { values = new[] { user, message, node } }));
        _connection.Closed += error =>
        {
            emit("closed", new { error = error?.Message });
            return Task.CompletedTask;
        };
    }

    public async Task<IReadOnlyDictionary<string, string>> StartAsync()
    {
        await _connection.StartAsync();
        return new[] { typeof(HubConnection).Assembly, typeof(HttpConnection).Assembly }.ToDictionary(
            assembly => assembly.GetName().Name!,
            assembly => assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion);
    }

    public async Task<object?> InvokeAsync(string method, object?[] values) => ForJson(await _connection.InvokeCoreAsync(method, typeof(object), values));

    public async Task<IReadOnlyList<int>> StreamAsync(string method, object?[] values)
    {
        var stream = await _connection.StreamAsChannelCoreAsync<int>(method, values);
        return await stream.ReadAllAsync().ToListAsync();
    }

    public async Task<object?> UploadAsync(string method, object?[] values)
    {
        var stream = Channel.CreateUnbounded<int>();
        var answer = InvokeAsync(method, [stream.Reader]);
        foreach (var value in values)
        {
            await stream.Writer.WriteAsync((int)value!);
        }

        stream.Writer.Complete();
        return await answer;
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.StopAsync();
        await _connection.DisposeAsync();
    }

    private static HttpMessageHandler WithoutCookies(HttpMessageHandler handler)
    {
        ((HttpClientHandler)handler).UseCookies = false;
        return handler;
    }

    // An object of Newtonsoft.Json, which the first generation returns, says itself as JSON.
    private static object? ForJson(object? result)
        => result is null or string or JsonElement ? result : JsonSerializer.Deserialize<JsonElement>(result.ToString()!);
}
