using System.Text;

namespace LoadTests.Lean;

/// <summary>What lean clients say, in SignalR's JSON protocol.</summary>
internal static class HubMessages
{
    public const string Handshake = """{"protocol":"json","version":1}""" + "\u001e";

    public const string Ping = """{"type":6}""" + "\u001e";

    /// <summary>Asks the lean node for a stream whose items are times of its clock, one each second.</summary>
    public const string Ticks = """{"type":4,"invocationId":"1","target":"Ticks","arguments":[]}""" + "\u001e";

    /// <summary>A call of the hub's Echo. The id is always the same: answers come in the order of the calls.</summary>
    public static string Echo(int characters) =>
        $$"""{"type":1,"invocationId":"1","target":"Echo","arguments":["{{new string('x', characters)}}"]}""" + "\u001e";

    public static byte[] Frame(string message) => FrameHeader.Client(FrameHeader.Text, Encoding.UTF8.GetBytes(message));
}
