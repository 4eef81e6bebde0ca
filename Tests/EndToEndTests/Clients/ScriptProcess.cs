using System.Collections.Concurrent;
using System.Text.Json;
using Tests.Common;

namespace EndToEndTests.Clients;

/// <summary>A Node.js program of the folder <c>clients</c>: takes commands and gives answers and events, one JSON object per line.</summary>
internal sealed class ScriptProcess : IAsyncDisposable
{
    private static readonly string Folder = Path.Combine(SolutionLayout.Root, "Tests", "EndToEndTests", "clients");

    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonElement>> _pending = new();
    private readonly ConcurrentQueue<ScriptEvent> _events = new();
    private readonly Lock _writing = new();
    private readonly ChildProcess _process;
    private int _last;

    private ScriptProcess(string script, IEnumerable<string> arguments, IEnumerable<KeyValuePair<string, string>>? environment)
        => _process = ChildProcess.Start(script, Requirement.Node(), [script, .. arguments], environment, Requirement.NodePackages(Folder), Receive);

    /// <summary>All events so far, in order.</summary>
    public IReadOnlyCollection<ScriptEvent> Events => _events;

    public static ScriptProcess Start(string script, IEnumerable<string> arguments, IEnumerable<KeyValuePair<string, string>>? environment = null)
        => new(script, arguments, environment);

    /// <summary>Sends a command and waits for its answer.</summary>
    /// <exception cref="ScriptException">The answer was an error.</exception>
    public async Task<JsonElement> CallAsync(string name, string client, object? arguments = null, TimeSpan? within = null)
    {
        var number = Interlocked.Increment(ref _last);
        var answer = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        _pending[number] = answer;
        var command = JsonSerializer.SerializeToNode(arguments ?? new { }, JsonSerializerOptions.Web)!;
        command["number"] = number;
        command["name"] = name;
        command["client"] = client;
        lock (_writing)
        {
            _process.Input.WriteLine(command.ToJsonString());
            _process.Input.Flush();
        }

        return await Eventually.CompletesAsync(answer.Task, within, $"{client}: {name} {command.ToJsonString()}");
    }

    /// <summary>The first event of a client with this name.</summary>
    public async Task<ScriptEvent> EventAsync(string client, string name, TimeSpan? within = null)
    {
        ScriptEvent? Find() => _events.FirstOrDefault(e => e.Client == client && e.Name == name);
        await Eventually.HoldsAsync(() => Find() is not null, within, () => string.Join("; ", _events.Where(e => e.Client == client)), $"{client} {name}");
        return Find()!;
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
        else if (_pending.TryRemove(number.GetInt32(), out var answer))
        {
            _ = message.TryGetProperty("error", out var error)
                ? answer.TrySetException(new ScriptException(error.GetString() ?? "unknown error"))
                : answer.TrySetResult(message.GetProperty("result"));
        }
    }
}
