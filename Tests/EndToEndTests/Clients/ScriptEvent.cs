using System.Text.Json;

namespace EndToEndTests.Clients;

/// <summary>Something that a client of a script reported: closed, reconnecting, reconnected, message and so on.</summary>
internal sealed record ScriptEvent(string Client, string Name, JsonElement Data)
{
    /// <summary>The arguments of a message from the hub.</summary>
    public IEnumerable<string?> Values => Data.GetProperty("values").EnumerateArray().Select(value => value.ToString());

    public override string ToString() => $"{Name} {Data}";
}
