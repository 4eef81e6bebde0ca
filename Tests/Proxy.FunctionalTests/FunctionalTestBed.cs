using System.Net.Http.Json;
using System.Text.Json;
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

    /// <summary>A node that refuses connections.</summary>
    protected async Task<ScriptedNode> StartDeadAsync(string name)
    {
        var node = StartScripted(name);
        await node.KillAsync();
        return node;
    }

    /// <summary>A gateway with two nodes, of which the second is asked only when the first cannot be.</summary>
    protected Task<TestGateway> StartPairAsync(ScriptedNode first, ScriptedNode second, params string[] options) =>
        StartGatewayAsync([(first.Name, first.Url), (second.Name + ":secondary", second.Url)], ["--Gateway:Health:Probe=none", .. options]);

    /// <summary>Calls the gateway's admin listener.</summary>
    protected HttpClient OpenAdmin(TestGateway gateway)
    {
        var line = gateway.Log.Entries.First(static entry => entry.Event.Name == "AdminListening");
        return Own(new OwnedClient(new Uri(line.Message[line.Message.IndexOf("http", StringComparison.Ordinal)..]))).Http;
    }

    /// <summary>A node as <c>GET /nodes</c> shows it.</summary>
    protected static async Task<JsonElement> NodeAsync(HttpClient admin, string name)
    {
        var nodes = await admin.GetFromJsonAsync<JsonElement>("/nodes", Cancel);
        return nodes.EnumerateArray().Single(node => node.GetProperty("name").GetString() == name);
    }

    /// <summary>One request on a connection of its own, byte for byte.</summary>
    protected static Task<RawMessage> AskAsync(TestGateway gateway, string request) => AskAsync(gateway.Url, request);

    /// <summary>A request without body.</summary>
    protected static Task<RawMessage> AskAsync(TestGateway gateway, string method, string target, params string[] fields) =>
        AskAsync(gateway.Url, method, target, fields);

    /// <inheritdoc cref="AskAsync(TestGateway, string)"/>
    protected static async Task<RawMessage> AskAsync(Uri server, string request)
    {
        await using var client = await RawConnection.OpenAsync(server);
        await client.SendAsync(request);
        return await client.ReadResponseAsync(request[..request.IndexOf(' ', StringComparison.Ordinal)]);
    }

    /// <inheritdoc cref="AskAsync(TestGateway, string, string, string[])"/>
    protected static Task<RawMessage> AskAsync(Uri server, string method, string target, params string[] fields) =>
        AskAsync(server, $"{method} {target} HTTP/1.1\r\nHost: hub.example\r\n{string.Concat(fields.Select(field => field + "\r\n"))}\r\n");

    /// <summary>A request without body that has a length, as SignalR's clients negotiate.</summary>
    protected static Task<RawMessage> NegotiateAsync(TestGateway gateway, string path = "/chat", params string[] fields) =>
        AskAsync(gateway, "POST", path + "/negotiate?negotiateVersion=1", ["Content-Length: 0", .. fields]);

    private sealed class OwnedClient(Uri url) : IAsyncDisposable
    {
        public HttpClient Http { get; } = new() { BaseAddress = url };

        public ValueTask DisposeAsync()
        {
            Http.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
