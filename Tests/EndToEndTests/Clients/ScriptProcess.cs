using System.Collections.Concurrent;
using System.Text.Json;
using Tests.Common;

namespace EndToEndTests.Clients;

/// <summary>A program with clients of a library, which takes commands and gives answers and events, one JSON object per line.</summary>
internal sealed class ScriptProcess : IScript, IAsyncDisposable
{
    private static readonly string Folder = Path.Combine(SolutionLayout.Root, "Tests", "EndToEndTests", "clients");

    private readonly ConcurrentDictionary<int, PendingCall> _pending = new();
    private readonly ConcurrentQueue<ScriptEvent> _events = new();
    private readonly Lock _writing = new();
    private readonly ChildProcess _process;
    private int _last;

    private ScriptProcess(Func<Action<string>, ChildProcess> start) => _process = start(Receive);

    public IReadOnlyCollection<ScriptEvent> Events => _events;

    /// <summary>A Node.js program of the folder <c>clients</c>.</summary>
    public static ScriptProcess Start(string script, IEnumerable<string> arguments, IEnumerable<KeyValuePair<string, string>>? environment = null)
        => new(onLine => ChildProcess.Start(script, Requirement.Node(), [script, .. arguments], environment, Requirement.NodePackages(Folder), onLine));

    /// <summary>A project of <c>Tests/DotNetClients</c>.</summary>
    public static ScriptProcess StartDotnet(string generation)
        => new(onLine => ChildProcess.StartDotnet(generation, $"Tests/DotNetClients/{generation}", [], onLine));

    public async Task<JsonElement> CallAsync(string name, string client, object? arguments = null, TimeSpan? within = null)
    {
        var number = Interlocked.Increment(ref _last);
        var call = new PendingCall($"{client}: {name}", new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously));
        _pending[number] = call;
        var command = JsonSerializer.SerializeToNode(arguments ?? new { }, JsonSerializerOptions.Web)!;
        command["number"] = number;
        command["name"] = name;
        command["client"] = client;
        var line = command.ToJsonString();
        lock (_writing)
        {
            _process.Input.WriteLine(line);
            _process.Input.Flush();
        }

        return await Eventually.CompletesAsync(call.Answer.Task, within, $"{client}: {name} {line[..Math.Min(line.Length, 300)]}");
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private void Receive(string line)
    {
        using var document = JsonDocument.Parse(line);
        var message = document.RootElement.Clone();
        if (!message.TryGetProperty("answer", out var number))
        {
            _events.Enqueue(new ScriptEvent(message.GetProperty("client").GetString()!, message.GetProperty("event").GetString()!, message));
        }
        else if (_pending.TryRemove(number.GetInt32(), out var call))
        {
            _ = message.TryGetProperty("error", out var error)
                ? call.Answer.TrySetException(new ScriptException($"{call.Title}: {error.GetString() ?? "unknown error"}"))
                : call.Answer.TrySetResult(message.GetProperty("result"));
        }
    }

    private sealed record PendingCall(string Title, TaskCompletionSource<JsonElement> Answer);
}
