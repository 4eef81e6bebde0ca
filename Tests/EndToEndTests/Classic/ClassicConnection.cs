using System.Text.Json;
using System.Text.Json.Nodes;

namespace EndToEndTests.Classic;

/// <summary>What a <see cref="ClassicNode"/> keeps of a client: its messages, and the request that waits for them.</summary>
/// <param name="node">Name of the node.</param>
/// <param name="id">The public id.</param>
internal sealed class ClassicConnection(string node, string id)
{
    /// <summary>The cursor before the first message.</summary>
    public const string Beginning = "d-0,0";

    private readonly Lock _changing = new();
    private readonly List<JsonNode> _messages = [];
    private TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isEnding;

    public string Node => node;

    public string Id => id;

    /// <summary>Calls a method of the client's hub.</summary>
    public void Call(string method, params string[] arguments)
    {
        lock (_changing)
        {
            _messages.Add(new JsonObject { ["H"] = ClassicHub.Name, ["M"] = method, ["A"] = JsonSerializer.SerializeToNode(arguments) });
            _arrived.TrySetResult();
            _arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>A request begins to receive; one that did so before ends.</summary>
    /// <param name="again">The client knows that its last request was ended.</param>
    /// <returns>Completed when this one has to end, too.</returns>
    public Task StartReceiving(bool again)
    {
        lock (_changing)
        {
            _ended.TrySetResult();
            _isEnding &= !again;
            if (!_isEnding)
            {
                _ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            return _ended.Task;
        }
    }

    /// <summary>Ends the request that receives, or the next one that does.</summary>
    public void EndRequest()
    {
        lock (_changing)
        {
            _isEnding = true;
            _ended.TrySetResult();
        }
    }

    /// <summary>The messages after a cursor; waits for one, unless the request has to end or has waited for long enough.</summary>
    public async Task<JsonObject> ReceiveAsync(string cursor, TimeSpan wait, Task ended)
    {
        var next = int.Parse(cursor.Split(',')[1]);
        Task arrived;
        lock (_changing)
        {
            arrived = next < _messages.Count ? Task.CompletedTask : _arrived.Task;
        }

        try
        {
            await Task.WhenAny(arrived, ended).WaitAsync(wait);
        }
        catch (TimeoutException)
        {
            // Nothing has come.
        }

        lock (_changing)
        {
            var messages = _messages.Skip(next).Select(message => message.DeepClone()).ToArray();
            return new JsonObject { ["C"] = $"d-0,{next + messages.Length}", ["M"] = new JsonArray(messages) };
        }
    }
}
