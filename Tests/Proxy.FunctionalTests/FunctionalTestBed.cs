using Tests.Common;

namespace Proxy.FunctionalTests;

/// <summary>Base of these tests: gateways in front of scripted nodes.</summary>
public abstract class FunctionalTestBed : TestBed
{
    /// <summary>A node that answers what the test dictates; by default its name.</summary>
    protected ScriptedNode StartScripted(string name, Func<ScriptedExchange, Task>? script = null) =>
        Own(new ScriptedNode(name, script ?? (static exchange => exchange.AnswerNameAsync())));

    /// <summary>A gateway in front of scripted nodes; it does not probe them, so that they see nothing but the test's requests.</summary>
    protected Task<TestGateway> StartGatewayAsync(IEnumerable<ScriptedNode> nodes, params string[] options) =>
        StartGatewayAsync(nodes.Select(node => (node.Name, node.Url)), ["--Gateway:Health:Probe=none", .. options]);

    /// <summary>One request on a connection of its own, byte for byte.</summary>
    protected static async Task<RawMessage> AskAsync(TestGateway gateway, string request)
    {
        await using var client = await RawConnection.OpenAsync(gateway.Url);
        await client.SendAsync(request);
        return await client.ReadResponseAsync(request[..request.IndexOf(' ', StringComparison.Ordinal)]);
    }

    /// <summary>A request without body.</summary>
    protected static Task<RawMessage> AskAsync(TestGateway gateway, string method, string target, params string[] fields) =>
        AskAsync(gateway, $"{method} {target} HTTP/1.1\r\nHost: hub.example\r\n{string.Concat(fields.Select(field => field + "\r\n"))}\r\n");

    /// <summary>A request without body that has a length, as SignalR's clients negotiate.</summary>
    protected static Task<RawMessage> NegotiateAsync(TestGateway gateway, string path = "/chat", params string[] fields) =>
        AskAsync(gateway, "POST", path + "/negotiate?negotiateVersion=1", ["Content-Length: 0", .. fields]);
}
