using System.Text.Json;

namespace EndToEndTests.Clients;

/// <summary>Clients of a library that runs outside of the test, each with a name.</summary>
internal interface IScript
{
    /// <summary>All events of all clients so far, in order.</summary>
    IReadOnlyCollection<ScriptEvent> Events { get; }

    /// <summary>Sends a command and waits for its answer.</summary>
    /// <exception cref="ScriptException">The answer was an error.</exception>
    Task<JsonElement> CallAsync(string name, string client, object? arguments = null, TimeSpan? within = null);
}
