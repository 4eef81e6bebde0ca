using System.Text.Json;
using HubNode;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Proxy.FunctionalTests.Clusters;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Forwarding;

/// <summary>Negotiates that are answered with the address of the chosen node: the client talks to the node directly.</summary>
public sealed class RedirectTests : NodesTestBed
{
    private static readonly string[] Unprobed = ["--Gateway:Health:Probe=none"];

    [Theory]
    [InlineData("/chat/negotiate?negotiateVersion=1", "/chat?negotiateVersion=1&gateway-redirect=1")]
    [InlineData("/a%20b/chat/negotiate", "/a%20b/chat?gateway-redirect=1")]
    [InlineData("/chat/negotiate?room=a%2Fb&access_token=x", "/chat?room=a%2Fb&access_token=x&gateway-redirect=1")]
    public async Task Negotiate_IsAnsweredWithTheNodesAddress(string target, string expected)
    {
        var node = StartScripted("a");
        var gateway = await StartAsync([.. Node("a", node.Url, "https://a.example/base/"), .. Unprobed]);

        var answer = await AskAsync(gateway, "POST", target, "Content-Length: 0");

        Assert.Equal((200, "application/json", "no-store"), (answer.Status, answer.Field("Content-Type"), answer.Field("Cache-Control")));
        var body = JsonDocument.Parse(answer.Body).RootElement;
        Assert.Equal("https://a.example/base" + expected, body.GetProperty("url").GetString());
        Assert.Equal(0, body.GetProperty("availableTransports").GetArrayLength());
        Assert.False(body.TryGetProperty("accessToken", out _));
        Assert.StartsWith("srv_id=", Assert.Single(answer.All("Set-Cookie")), StringComparison.Ordinal);
        Assert.Empty(node.Requests);
    }

    [Fact]
    public async Task Negotiate_WithATokenConfigured_HandsItOut()
    {
        var gateway = await StartAsync(
            [.. Node("a", StartScripted("a").Url, "http://a.example"), .. Unprobed, "--Gateway:Negotiate:AccessToken=abc.def"]);

        Assert.Equal("abc.def", JsonDocument.Parse((await NegotiateRawAsync(gateway)).Body).RootElement.GetProperty("accessToken").GetString());
    }

    /// <summary>A page of another origin may read the answer if the node has said so, which the preflight asks it.</summary>
    [Theory]
    [InlineData("https://page.example")]
    [InlineData(null)]
    public async Task Negotiate_OfAnotherOrigin_SaysWhatTheNodeHasSaid(string? allowed)
    {
        var node = StartScripted("a", exchange => exchange.AnswerAsync(204, "", allowed is null ? [] : [$"Access-Control-Allow-Origin: {allowed}"]));
        var gateway = await StartAsync([.. Node("a", node.Url, "http://a.example"), .. Unprobed]);
        const string Target = "/chat/negotiate?negotiateVersion=1";
        await AskAsync(gateway, "OPTIONS", Target, "Origin: https://page.example", "Access-Control-Request-Method: POST");

        var answer = await AskAsync(gateway, "POST", Target, "Content-Length: 0", "Origin: https://page.example");

        Assert.Equal(200, answer.Status);
        Assert.Equal(allowed, answer.Field("Access-Control-Allow-Origin"));
    }

    /// <summary>Clients that do not follow such an answer, and those that were sent somewhere already.</summary>
    [Theory]
    [InlineData("POST", "/chat/negotiate?negotiateVersion=1&gateway-redirect=1")]
    [InlineData("POST", "/chat/negotiate?Gateway-Redirect=1")]
    [InlineData("GET", "/signalr/negotiate?clientProtocol=2.1")]
    [InlineData("GET", "/socket.io/?EIO=4&transport=polling")]
    [InlineData("GET", "/page")]
    public async Task Request_ThatCannotBeRedirected_GoesToTheNode(string method, string target)
    {
        var node = StartScripted("a");
        var gateway = await StartAsync([.. Node("a", node.Url, "http://a.example"), .. Unprobed]);

        Assert.Equal("a", (await AskAsync(gateway, method, target, "Content-Length: 0")).Body);
        Assert.Single(node.Requests);
    }

    [Theory]
    [InlineData(HttpTransportType.WebSockets)]
    [InlineData(HttpTransportType.ServerSentEvents)]
    [InlineData(HttpTransportType.LongPolling)]
    public async Task Client_TalksToTheNodeDirectly(HttpTransportType transport)
    {
        var node = await StartNodeAsync("a");
        var gateway = await StartAsync([.. Node("a", node.Url, node.Url), .. Unprobed]);
        await using var client = new HubConnectionBuilder().WithUrl(Hub(gateway), transport).Build();

        await client.StartAsync(Cancel);

        Assert.Equal("a", (await client.InvokeAsync<HubCaller>("WhoAmI", Cancel)).Node);
        Assert.Equal(1, node.State.Report().ClientConnectionCount);
        var shown = (await gateway.Admin.NodeAsync("a"))!.Value;
        Assert.Equal(0, shown.GetProperty("connections").GetProperty("total").GetInt32());
        Assert.Equal(1, shown.GetProperty("load").GetProperty("clientConnectionCount").GetInt32());
    }

    /// <summary>The address of the node leads to the gateway itself, which answers no redirect a second time.</summary>
    [Fact]
    public async Task Client_WhoseAddressLeadsBack_IsServedThroughTheGateway()
    {
        var node = await StartNodeAsync("a");
        TestGateway? started = null;
        await using var forwarder = new TcpForwarder(() => started!.Url);
        var gateway = started = await StartAsync([.. Node("a", node.Url, forwarder.Url), .. Unprobed]);
        await using var client = new HubConnectionBuilder().WithUrl(Hub(gateway)).Build();

        await client.StartAsync(Cancel);

        Assert.Equal("a", (await client.InvokeAsync<HubCaller>("WhoAmI", Cancel)).Node);
        Assert.Equal(1, (await gateway.Admin.NodeAsync("a"))!.Value.GetProperty("connections").GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task Choice_IsTheSameAsWithoutRedirect()
    {
        ScriptedNode[] nodes = [StartScripted("a"), StartScripted("b"), StartScripted("c")];
        var gateway = await StartAsync(
        [
            .. nodes.SelectMany(static node => Node(node.Name, node.Url, $"http://{node.Name}.example")), .. Unprobed,
            "--Gateway:Router=least-connections", "--Gateway:Nodes:c:Draining=true",
        ]);
        var hosts = new List<string>();
        for (var i = 0; i < 10; i++)
        {
            hosts.Add(await HostAsync());
        }

        Assert.Equal(["a.example", "b.example"], hosts.Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(5, hosts.Count(static host => host == "a.example")); // clients that were sent count, or all would go to one node

        async Task<string> HostAsync() => new Uri(JsonDocument.Parse((await NegotiateRawAsync(gateway)).Body).RootElement.GetProperty("url").GetString()!).Host;
    }

    /// <summary>The node has left the configuration, and goes when its own report says that its clients have gone.</summary>
    [Fact]
    public async Task Drain_OfANodeWithClientsOfItsOwn_WaitsForWhatItReports()
    {
        var (a, b) = (await StartNodeAsync("a"), await StartNodeAsync("b"));
        var gateway = await StartAsync(
            [.. Node("a", a.Url, a.Url), .. Node("b", b.Url, b.Url), "--Gateway:Health:Path=/health", "--Gateway:Health:Interval=00:00:00.2"]);
        await using var client = new HubConnectionBuilder().WithUrl(Hub(gateway)).Build();
        await client.StartAsync(Cancel);
        var owner = (await client.InvokeAsync<HubCaller>("WhoAmI", Cancel)).Node;

        await gateway.Admin.DrainAsync(owner, new { mode = "wait" });

        await NodeIsAsync(gateway, owner, static node => node.GetProperty("draining").GetProperty("remaining").GetInt32() == 1, "waits for one connection");
        await client.StopAsync(Cancel);
        await NodeIsAsync(gateway, owner, static node => node.GetProperty("draining").GetProperty("remaining").GetInt32() == 0, "waits for none");
    }

    private static string[] Node(string name, Uri url, object publicUrl) =>
        [$"--Gateway:Nodes:{name}:Address={url}", $"--Gateway:Nodes:{name}:PublicUrl={publicUrl}"];

    private Task<TestGateway> StartAsync(string[] options) =>
        StartGatewayAsync(Array.Empty<(string, Uri)>(), ["--Gateway:Negotiate:Redirect=true", .. options]);

    private static Task<RawMessage> NegotiateRawAsync(TestGateway gateway) =>
        AskAsync(gateway, "POST", "/chat/negotiate?negotiateVersion=1", "Content-Length: 0");
}
