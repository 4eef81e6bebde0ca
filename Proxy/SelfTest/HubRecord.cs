using System.Text.Json;

namespace Proxy.SelfTest;

/// <summary>The few messages of SignalR's JSON hub protocol that a self-test needs.</summary>
internal static class HubRecord
{
    /// <summary>Ends each message.</summary>
    public const char End = '\x1e';

    /// <summary>The first message of a client.</summary>
    public const string Handshake = "{\"protocol\":\"json\",\"version\":1}\x1e";

    private const int Close = 7;

    /// <summary>Whether the text holds the answer to a handshake; a refusal is one, too: it took the same way.</summary>
    public static bool HasHandshakeAnswer(string text) => Read(text).Any(record => !record.TryGetProperty("type", out _));

    /// <summary>Whether the text holds the message by which a hub or the gateway ends a connection.</summary>
    public static bool HasClose(string text) =>
        Read(text).Any(record => record.TryGetProperty("type", out var type) && type.TryGetInt32(out var number) && number == Close);

    private static IEnumerable<JsonElement> Read(string text)
    {
        foreach (var part in text.Split(End, StringSplitOptions.RemoveEmptyEntries))
        {
            JsonElement record;
            try
            {
                record = JsonElement.Parse(part);
            }
            catch (JsonException)
            {
                continue; // It is half of a message, or none of the hub protocol.
            }

            if (record.ValueKind is JsonValueKind.Object)
            {
                yield return record;
            }
        }
    }
}
