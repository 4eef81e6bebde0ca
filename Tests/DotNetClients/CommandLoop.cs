using System.Collections.Concurrent;
using System.Text.Json;

namespace DotNetClients;

/// <summary>Any number of connections, driven by a test through the standard streams: one JSON object per line, as in lines.mjs of the npm clients.</summary>
/// <param name="create">Makes a connection that is not started; what it is given last reports an event of the connection.</param>
internal sealed class CommandLoop(Func<Uri, ClientOptions, Action<string, object>, IClient> create)
{
    private readonly ConcurrentDictionary<string, IClient> _clients = new(StringComparer.Ordinal);

    /// <summary>Answers commands until the standard input ends, and with it the test.</summary>
    public void Run()
    {
        while (Console.In.ReadLine() is { } line)
        {
            _ = Task.Run(() => AnswerAsync(JsonSerializer.Deserialize<JsonElement>(line)));
        }
    }

    private static void Write(object message) => Console.Out.WriteLine(JsonSerializer.Serialize(message, JsonSerializerOptions.Web));

    private async Task AnswerAsync(JsonElement command)
    {
        var number = command.GetProperty("number").GetInt32();
        try
        {
            Write(new { answer = number, result = await ExecuteAsync(command) });
        }
        catch (Exception e)
        {
            Write(new { answer = number, error = e.ToString() });
        }
    }

    private async Task<object?> ExecuteAsync(JsonElement command)
    {
        var name = command.GetProperty("client").GetString()!;
        switch (command.GetProperty("name").GetString())
        {
            case "start":
                var url = new Uri(command.GetProperty("url").GetString()!);
                var options = command.GetProperty("options").Deserialize<ClientOptions>(JsonSerializerOptions.Web)!;
                return await (_clients[name] = create(url, options, (happened, data) => Emit(name, happened, data))).StartAsync();
            case "invoke":
                return await _clients[name].InvokeAsync(Method(command), Values(command));
            case "stream":
                return await _clients[name].StreamAsync(Method(command), Values(command));
            case "upload":
                return await _clients[name].UploadAsync(Method(command), Values(command));
            case "stop":
                await _clients[name].DisposeAsync();
                return null;
            case var unknown:
                throw new NotSupportedException($"No command '{unknown}'.");
        }
    }

    private static void Emit(string client, string happened, object data)
    {
        var message = JsonSerializer.SerializeToNode(data, JsonSerializerOptions.Web)!;
        message["client"] = client;
        message["event"] = happened;
        Write(message);
    }

    private static string Method(JsonElement command) => command.GetProperty("method").GetString()!;

    // Plain values, which the serializers of all generations know.
    private static object?[] Values(JsonElement command) => [.. command.GetProperty("values").EnumerateArray().Select(Value)];

    private static object? Value(JsonElement value) => value.ValueKind is JsonValueKind.Number ? value.GetInt32() : value.GetString();
}
