using System.Net.WebSockets;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Proxy.FunctionalTests.Clusters;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Decisions;

/// <summary><c>Affinity:OnUnknown=Probe</c>: ids that another gateway, or none, has handed out.</summary>
public sealed class OwnerProbeTests : NodesTestBed
{
    private static readonly string[] Probing =
        ["--Gateway:Affinity:OnUnknown=Probe", "--Gateway:Hubs:0=/hub", "--Gateway:Health:Probe=none", "--Gateway:Diagnostics:ResponseHeaders=true"];

    private readonly HttpClient _http = new();

    [Fact]
    public async Task UnknownId_LongPollingOnOneNode_IsFoundAndRemembered()
    {
        var nodes = await StartThreeAsync();
        var gateway = await StartGatewayAsync(nodes, Probing);
        var id = await NegotiateAtAsync(nodes[1]);
        using var opened = await _http.GetAsync(new Uri(nodes[1].Url, $"/hub?id={id}"), Cancel); // the first poll

        var first = await SendAsync(gateway, HttpMethod.Post, $"/hub?id={id}", body: "{\"protocol\":\"json\",\"version\":1}\u001e");
        var second = await SendAsync(gateway, HttpMethod.Get, $"/hub?id={id}");

        Assert.Equal((200, "probe", "b"), (first.Status, first.Outcome, first.Node));
        Assert.Equal((200, "store", "b", "{}\u001e"), (second.Status, second.Outcome, second.Node, second.Body)); // the question changed nothing
        Assert.DoesNotContain(AtNodes.Requests, static request => request is { Site: not "b", Method: not "POST" });
    }

    [Fact]
    public async Task UnknownId_WebSocketThatIsDialledAgain_IsFound()
    {
        var nodes = await StartThreeAsync();
        var gateway = await StartGatewayAsync(nodes, Probing);
        var id = await NegotiateAtAsync(nodes[2]);
        using var socket = new ClientWebSocket();

        await socket.ConnectAsync(new UriBuilder(gateway.Url) { Scheme = "ws", Path = "/hub", Query = $"id={id}" }.Uri, Cancel);
        var send = await SendAsync(gateway, HttpMethod.Post, $"/hub?id={id}"); // a send on a WebSocket is refused, by its owner

        Assert.Equal((405, "store", "c"), (send.Status, send.Outcome, send.Node));
    }

    [Fact]
    public async Task UnknownId_OnNoNode_IsRefused()
    {
        var gateway = await StartGatewayAsync(await StartThreeAsync(), Probing);

        var answer = await SendAsync(gateway, HttpMethod.Get, "/hub?id=AAAAAAAAAAAAAAAAAAAAAA");

        Assert.Equal((404, "unknown-id", "No Connection with that ID"), (answer.Status, answer.Outcome, answer.Body));
        Assert.Equal(3, AtNodes.Requests.Count);
    }

    [Theory]
    [InlineData("/hub?id=AAAAAAAAAAAAAAAAAAAAAA&id=BBBBBBBBBBBBBBBBBBBBBB")] // ASP.NET Core joins them: nobody can own that
    [InlineData("/hub?connectionToken=AAAA")] // classic: every node takes it
    [InlineData("/elsewhere?id=5")] // not a connection's id
    public async Task UnknownId_OfAnotherKind_IsNotAskedFor(string target)
    {
        var gateway = await StartGatewayAsync(await StartThreeAsync(), Probing);

        await SendAsync(gateway, HttpMethod.Get, target);

        Assert.DoesNotContain(AtNodes.Requests, static request => request.Method == "POST");
    }

    [Fact]
    public async Task Question_Always_CarriesWhoTheClientIsAndNothingElse()
    {
        var node = StartScripted("a", static exchange => exchange.AnswerAsync(404, "No Connection with that ID"));
        var gateway = await StartGatewayAsync([node], Probing);

        await AskAsync(gateway, "DELETE", "/hub?other=1&access_token=s%2Bt&id=AAAAAAAAAAAAAAAAAAAA%2DB", "Authorization: Bearer x", "Cookie: session=1; b=2", "X-Other: 1");

        var question = await node.FirstRequestAsync();
        Assert.Equal("POST /hub?id=AAAAAAAAAAAAAAAAAAAA%2DB&access_token=s%2Bt HTTP/1.1", question.StartLine);
        Assert.Equal(["Bearer x"], question.All("Authorization"));
        Assert.Equal(["session=1; b=2"], question.All("Cookie"));
        Assert.Equal(["hub.example"], question.All("Host"));
        Assert.Equal(["0"], question.All("Content-Length"));
        Assert.Empty(question.All("X-Other"));
    }

    [Fact]
    public async Task Question_SilentNode_DoesNotKeepTheOwnerFromAnswering()
    {
        var silent = StartScripted("a", static _ => Task.Delay(Timeout.InfiniteTimeSpan, Cancel));
        var owner = StartScripted("b", static exchange => exchange.AnswerAsync(200, ""));
        var gateway = await StartGatewayAsync([silent, owner], Probing);

        Assert.Equal(200, (await AskAsync(gateway, "POST", "/hub?id=AAAAAAAAAAAAAAAAAAAAAA", "Content-Length: 0")).Status);
        Assert.Equal(2, owner.Requests.Count); // the question, and the client's own
    }

    [Fact]
    public async Task Questions_FloodOfInventedIds_AreBounded()
    {
        var time = new ManualTimeProvider(); // stands still, so nothing is added to the first rounds
        var node = StartScripted("a", static exchange => exchange.AnswerAsync(404, ""));
        var gateway = await StartGatewayAsync([(node.Name, node.Url)], builder => builder.Services.AddSingleton<TimeProvider>(time), Probing);

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => SendAsync(gateway, HttpMethod.Get, $"/hub?id=invented-invented-{i:0000}")));

        Assert.All(answers, static answer => Assert.Equal((404, "unknown-id"), (answer.Status, answer.Outcome)));
        Assert.Equal(25, node.Requests.Count);
    }

    public override async ValueTask InitializeAsync()
    {
        Own(new OwnedHttp(_http));
        await base.InitializeAsync();
    }

    private async Task<TestNode[]> StartThreeAsync() => [await StartNodeAsync("a"), await StartNodeAsync("b"), await StartNodeAsync("c")];

    private async Task<string> NegotiateAtAsync(TestNode node)
    {
        using var answer = await _http.PostAsync(new Uri(node.Url, "/hub/negotiate?negotiateVersion=1"), content: null, Cancel);
        using var body = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(Cancel));
        return body.RootElement.GetProperty("connectionToken").GetString()!;
    }

    private sealed class OwnedHttp(HttpClient http) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            http.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
