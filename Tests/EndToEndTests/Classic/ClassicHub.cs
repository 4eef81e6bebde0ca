using System.Text.Json.Nodes;

namespace EndToEndTests.Classic;

/// <summary>The hub of a <see cref="ClassicNode"/>.</summary>
internal static class ClassicHub
{
    public const string Name = "chat";

    /// <summary>Executes what a client has sent.</summary>
    /// <param name="connection">Whose it is.</param>
    /// <param name="transport">What it came by.</param>
    /// <param name="others">All connections of the node.</param>
    /// <param name="data">Hub, method, arguments and number of the invocation.</param>
    /// <returns>What the client gets for it.</returns>
    public static JsonObject Invoke(ClassicConnection connection, string transport, IEnumerable<ClassicConnection> others, string data)
    {
        var invocation = JsonNode.Parse(data)!;
        var arguments = invocation["A"]!.AsArray().Select(argument => argument!.ToString()).ToArray();
        JsonNode? result = null;
        switch (invocation["M"]!.ToString())
        {
            case "WhoAmI":
                result = new JsonObject { ["node"] = connection.Node, ["connectionId"] = connection.Id, ["transport"] = transport };
                break;
            case "Echo":
                result = arguments[0];
                break;
            case "Send": // to everybody on this node: there is no backplane
                foreach (var other in others)
                {
                    other.Call("receive", arguments[0], arguments[1], connection.Node);
                }

                break;
            case var unknown:
                return new JsonObject { ["I"] = invocation["I"]!.ToString(), ["E"] = $"There is no method '{unknown}'." };
        }

        return new JsonObject { ["I"] = invocation["I"]!.ToString(), ["R"] = result };
    }
}
