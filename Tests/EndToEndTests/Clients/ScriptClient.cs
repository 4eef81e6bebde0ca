using System.Text.Json;
using Tests.Common;

namespace EndToEndTests.Clients;

/// <summary>One client in a <see cref="ScriptProcess"/> or a <see cref="ScriptPage"/>.</summary>
internal sealed class ScriptClient(IScript script, string name)
{
    public string Name => name;

    /// <summary>What the client has reported so far.</summary>
    public IEnumerable<ScriptEvent> Events => script.Events.Where(e => e.Client == name);

    /// <summary>Connects; returns what the library says about the connection.</summary>
    public Task<JsonElement> StartAsync(Uri url, object options, TimeSpan? within = null) => script.CallAsync("start", name, new { url, options }, within);

    public async Task<T> InvokeAsync<T>(string method, params object[] values)
        => (await script.CallAsync("invoke", name, new { method, values })).Deserialize<T>(JsonSerializerOptions.Web)!;

    /// <summary>All items of a stream from the hub.</summary>
    public async Task<IReadOnlyList<int>> StreamAsync(string method, params object[] values)
        => (await script.CallAsync("stream", name, new { method, values })).Deserialize<int[]>()!;

    /// <summary>Streams the values to the hub.</summary>
    public async Task<T> UploadAsync<T>(string method, params object[] values)
        => (await script.CallAsync("upload", name, new { method, values })).Deserialize<T>(JsonSerializerOptions.Web)!;

    public Task StopAsync() => script.CallAsync("stop", name);

    /// <summary>Waits for the first event with this name.</summary>
    public async Task<ScriptEvent> EventAsync(string eventName, TimeSpan? within = null)
    {
        ScriptEvent? Find() => Events.FirstOrDefault(e => e.Name == eventName);
        await Eventually.HoldsAsync(() => Find() is not null, within, () => string.Join("; ", Events), $"{name} {eventName}");
        return Find()!;
    }

    /// <summary>Waits for a message from the hub with this text, its second argument.</summary>
    public async Task<ScriptEvent> MessageAsync(string text)
    {
        ScriptEvent? Find() => Events.FirstOrDefault(e => e.Name == "message" && e.Values.ElementAt(1) == text);
        await Eventually.HoldsAsync(() => Find() is not null, seen: () => string.Join("; ", Events), expectation: $"{name} message '{text}'");
        return Find()!;
    }
}
