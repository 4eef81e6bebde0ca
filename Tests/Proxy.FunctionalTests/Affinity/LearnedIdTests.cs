using System.Text.Json;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Affinity;

/// <summary>Ids that cannot carry a tag: the gateway remembers which node gave them, and changes no byte.</summary>
public sealed class LearnedIdTests : FunctionalTestBed
{
    /// <summary>Negotiation in version 0 has no token: the connection's id is all there is.</summary>
    [Fact]
    public Task Version0_ItsConnectionId_LeadsBack() => LeadsBackAsync(
        new Protocol("POST", "/chat/negotiate",
            name => $$"""{"negotiateVersion":0,"connectionId":"id-{{name}}","availableTransports":[]}"""), "/chat?id=id-{0}");

    /// <summary>Beside a token but without a version it is open what a client takes: the tagged token leads back, and so does the id.</summary>
    [Fact]
    public async Task NoVersion_TokenAndConnectionId_LeadBack()
    {
        var protocol = new Protocol("POST", "/chat/negotiate", name => $$"""{"connectionToken":"token-{{name}}","connectionId":"id-{{name}}"}""");
        var gateway = await StartGatewayAsync([StartNode('a', protocol), StartNode('b', protocol)]);

        var opened = JsonDocument.Parse((await AskAsync(gateway, "POST", "/chat/negotiate", "Content-Length: 0")).Body).RootElement;
        var id = opened.GetProperty("connectionId").GetString()!;
        var token = opened.GetProperty("connectionToken").GetString()!;

        Assert.StartsWith("token-" + id[^1] + ".g1", token, StringComparison.Ordinal);
        Assert.Equal(id[^1..], (await AskAsync(gateway, "GET", "/chat?id=" + id)).Body);
        Assert.Equal(id[^1..], (await AskAsync(gateway, "GET", "/chat?id=" + token)).Body);
    }

    /// <summary>Clients take the last of two tokens; there is no one place for a tag.</summary>
    [Fact]
    public Task TokenGivenTwice_TheLast_LeadsBack() => LeadsBackAsync(
        new Protocol("POST", "/chat/negotiate?negotiateVersion=1",
            name => $$"""{"negotiateVersion":1,"connectionToken":"other","connectionToken":"id-{{name}}"}"""), "/chat?id=id-{0}");

    /// <summary>ASP.NET SignalR 2: the token is long, data-protected and percent-encoded by both clients.</summary>
    [Theory]
    [InlineData("/signalr/connect?transport=webSockets&clientProtocol=2.1&connectionToken=AQ%2BB%2F{0}%3D%3D&connectionData=%5B%5D&tid=5")]
    [InlineData("/signalr/start?transport=longPolling&clientProtocol=2.1&connectionToken=AQ%2bB%2f{0}%3d%3d")]
    [InlineData("/signalr/abort?transport=serverSentEvents&connectionToken=AQ%2BB/{0}==")]
    public Task Classic_ItsToken_LeadsBack(string target) => LeadsBackAsync(
        new Protocol("GET", "/signalr/negotiate?clientProtocol=2.1&connectionData=%5B%5D", Classic), target);

    [Fact]
    public Task Classic_ByJsonp_LeadsBack() => LeadsBackAsync(
        new Protocol(
            "GET", "/signalr/negotiate?clientProtocol=2.1&callback=jQuery1", name => $"jQuery1({Classic(name)});", "application/javascript; charset=UTF-8"),
        "/signalr/poll?connectionToken=AQ%2BB%2F{0}%3D%3D");

    [Theory]
    [InlineData("4", "text/plain; charset=UTF-8",
        "0{{\"sid\":\"id-{0}\",\"upgrades\":[\"websocket\"],\"pingInterval\":25000,\"pingTimeout\":20000,\"maxPayload\":1000000}}")]
    [InlineData("3", "text/plain; charset=UTF-8", "85:0{{\"sid\":\"id-{0}\",\"upgrades\":[\"websocket\"],\"pingInterval\":25000,\"pingTimeout\":5000}}2:40")]
    [InlineData("3", "application/octet-stream",
        "\0\u0008\u0005\u00ff0{{\"sid\":\"id-{0}\",\"upgrades\":[\"websocket\"],\"pingInterval\":25000,\"pingTimeout\":5000}}\0\u0002\u00ff40")]
    public Task EngineIO_ItsSid_LeadsBack(string version, string type, string body) => LeadsBackAsync(
        new Protocol("GET", $"/socket.io/?EIO={version}&transport=polling&t=abc", name => string.Format(null, body, name), type),
            $"/socket.io/?EIO={version}&transport=polling&t=abd&sid=id-{{0}}");

    [Fact]
    public Task LearnMode_Version1_LeadsBackByTheTokenAsItIs() => LeadsBackAsync(
        new Protocol("POST", "/chat/negotiate?negotiateVersion=1", name => ScriptedExchange.Negotiation("id-" + name)), "/chat?id=id-{0}",
            "--Gateway:Affinity:Mode=Learn");

    /// <summary>What the id is for is the node's business: any sub-path, any verb.</summary>
    [Theory]
    [InlineData("POST", "/chat?id=id-{0}")]
    [InlineData("DELETE", "/chat?id=id-{0}")]
    [InlineData("POST", "/chat/refresh?id=id-{0}")]
    [InlineData("GET", "/elsewhere?id=id-{0}")]
    [InlineData("GET", "/chat?access_token=x&ID=id%2D{0}")]
    public Task Version0_OnAnyPathAndVerb_LeadsBack(string method, string target) => LeadsBackAsync(
        new Protocol("POST", "/chat/negotiate", name => $$"""{"negotiateVersion":0,"connectionId":"id-{{name}}"}"""), method + " " + target);

    /// <summary>The id beats the cookie: another tab of the browser may have brought it.</summary>
    [Fact]
    public async Task Id_BesidesAnotherNodesCookie_LeadsToItsOwner()
    {
        var protocol = new Protocol("POST", "/chat/negotiate", name => $$"""{"connectionId":"id-{{name}}"}""");
        var gateway = await StartGatewayAsync([.. "ab".Select(name => StartNode(name, protocol))], "--Gateway:Router=round-robin");
        var first = await AskAsync(gateway, "POST", "/chat/negotiate", "Content-Length: 0");
        var second = await AskAsync(gateway, "POST", "/chat/negotiate", "Content-Length: 0");
        var cookieOfSecond = Assert.Single(second.All("Set-Cookie")).Split(';')[0];

        var answer = await AskAsync(gateway, "GET", "/chat?id=" + IdOf(first), "Cookie: " + cookieOfSecond);

        Assert.NotEqual(IdOf(first), IdOf(second));
        Assert.Equal(IdOf(first), "id-" + answer.Body);
        Assert.Empty(answer.All("Set-Cookie"));
    }

    private async Task LeadsBackAsync(Protocol protocol, string request, params string[] options)
    {
        var gateway = await StartGatewayAsync([.. "abc".Select(name => StartNode(name, protocol))], ["--Gateway:Router=round-robin", .. options]);
        var (method, target) = request.Split(' ') is [var verb, var path] ? (verb, path) : ("GET", request);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < 3; i++)
        {
            var opened = await AskAsync(gateway, protocol.Method, protocol.Target, "Content-Length: 0");
            var owner = "abc".Select(name => name.ToString()).Single(name => opened.Body == protocol.Body(name)); // and so is untouched
            seen.Add(owner);

            for (var j = 0; j < 2; j++)
            {
                var answer = await AskAsync(gateway, method, target.Replace("{0}", owner, StringComparison.Ordinal), "Content-Length: 0");
                Assert.Equal(owner, answer.Body);
            }
        }

        Assert.Equal(3, seen.Count);
    }

    private ScriptedNode StartNode(char name, Protocol protocol) => StartScripted(name.ToString(), exchange =>
        exchange.Request.StartLine == $"{protocol.Method} {protocol.Target} HTTP/1.1"
            ? exchange.AnswerAsync(200, protocol.Body(exchange.NodeName), "Content-Type: " + protocol.ContentType)
            : exchange.AnswerNameAsync());

    private static string Classic(string name) =>
        $$"""{"Url":"/signalr","ConnectionToken":"AQ+B/{{name}}==","ConnectionId":"public","KeepAliveTimeout":20.0,"DisconnectTimeout":30.0,"ConnectionTimeout":110.0,"TryWebSockets":true,"ProtocolVersion":"2.1","TransportConnectTimeout":5.0,"LongPollDelay":0.0}""";

    private static string IdOf(RawMessage answer)
    {
        using var json = JsonDocument.Parse(answer.Body);
        return json.RootElement.GetProperty("connectionId").GetString()!;
    }

    private sealed record Protocol(string Method, string Target, Func<string, string> Body, string ContentType = "application/json");
}
