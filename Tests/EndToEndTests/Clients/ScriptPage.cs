using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Playwright;
using Tests.Common;

namespace EndToEndTests.Clients;

/// <summary>A page of a browser with the clients of classic-page.js.</summary>
internal sealed class ScriptPage : IScript
{
    private static readonly string Folder = Path.Combine(SolutionLayout.Root, "Tests", "EndToEndTests", "clients");

    private readonly IPage _page;
    private readonly ConcurrentQueue<ScriptEvent> _events = new();

    private ScriptPage(IPage page) => _page = page;

    public IReadOnlyCollection<ScriptEvent> Events => _events;

    /// <param name="page">Of the site that the clients are to belong to.</param>
    public static async Task<ScriptPage> LoadAsync(IPage page)
    {
        var script = new ScriptPage(page);
        await page.ExposeFunctionAsync<string, string, JsonElement, bool>("emit", (client, name, data) =>
        {
            script._events.Enqueue(new ScriptEvent(client, name, data));
            return true;
        });
        var packages = Path.Combine(Requirement.NodePackages(Folder), "node_modules");
        string[] files =
        [
            Path.Combine(packages, "jquery/dist/jquery.min.js"),
            Path.Combine(packages, "signalr/jquery.signalR.min.js"),
            Path.Combine(Folder, "classic-page.js"),
        ];
        foreach (var file in files) // in this order
        {
            await page.AddScriptTagAsync(new PageAddScriptTagOptions { Path = file });
        }

        return script;
    }

    public async Task<JsonElement> CallAsync(string name, string client, object? arguments = null, TimeSpan? within = null)
    {
        var command = JsonSerializer.SerializeToNode(arguments ?? new { }, JsonSerializerOptions.Web)!;
        command["client"] = client;
        try
        {
            var answer = _page.EvaluateAsync<string>(
                "async ([name, command]) => JSON.stringify((await clients[name](JSON.parse(command))) ?? null)", (string[])[name, command.ToJsonString()]);
            return JsonSerializer.Deserialize<JsonElement>(await Eventually.CompletesAsync(answer, within, $"{client}: {name}"));
        }
        catch (PlaywrightException e)
        {
            throw new ScriptException($"{client}: {name}: {e.Message}");
        }
    }
}
