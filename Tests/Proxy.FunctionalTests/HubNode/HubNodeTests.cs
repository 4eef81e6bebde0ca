using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using HubNode;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tests.Common;
using Xunit;

// Not named after its folder: a namespace that ends in HubNode would hide the project's own.
namespace Proxy.FunctionalTests.SampleNode;

public sealed class HubNodeTests : IAsyncDisposable
{
    private readonly HttpClient _client = new();
    private WebApplication? _node;

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        if (_node is not null)
        {
            await _node.DisposeAsync();
        }
    }

    [Fact]
    public async Task AnyAnswer_Always_CarriesNameAndBootId()
    {
        var cancel = TestContext.Current.CancellationToken;
        await StartAsync();
        var state = _node!.Services.GetRequiredService<NodeState>();

        foreach (var path in (string[])["/", "/health", "/hub", "/nothing-here"])
        {
            using var response = await _client.GetAsync(path, cancel);
            Assert.Equal("n1", Assert.Single(response.Headers.GetValues(HubNodeApp.NodeHeader)));
            Assert.Equal(state.BootId, Assert.Single(response.Headers.GetValues(HubNodeApp.BootIdHeader)));
        }
    }

    [Fact]
    public async Task Health_ConnectionOpensAndCloses_CountsIt()
    {
        var cancel = TestContext.Current.CancellationToken;
        await StartAsync("--capacity", "7");
        Assert.Equal(0, (await HealthAsync()).ClientConnectionCount);

        using var negotiate = await _client.PostAsync("/hub/negotiate?negotiateVersion=1", content: null, cancel);
        var answer = await negotiate.Content.ReadFromJsonAsync<JsonElement>(cancel);
        var connection = $"/hub?id={answer.GetProperty("connectionToken").GetString()}";
        Assert.Equal(0, (await HealthAsync()).ClientConnectionCount); // an id is not yet a connection

        using var firstPoll = await _client.GetAsync(connection, cancel);
        using var handshake = new StringContent("{\"protocol\":\"json\",\"version\":1}\u001e", Encoding.UTF8);
        using var sent = await _client.PostAsync(connection, handshake, cancel);
        using var secondPoll = await _client.GetAsync(connection, cancel);
        Assert.Equal("{}\u001e", await secondPoll.Content.ReadAsStringAsync(cancel));
        await AssertCountAsync(1);

        using var deleted = await _client.DeleteAsync(connection, cancel);
        Assert.Equal(HttpStatusCode.Accepted, deleted.StatusCode);
        await AssertCountAsync(0);
    }

    [Fact]
    public async Task Health_Always_HasTheReportsMembers()
    {
        await StartAsync("--capacity", "7");
        var state = _node!.Services.GetRequiredService<NodeState>();

        Assert.Equal(new NodeReport("healthy", "n1", 0, 7, state.BootId, Draining: false), await HealthAsync());
        state.Draining = true;
        Assert.Equal(new NodeReport("draining", "n1", 0, 7, state.BootId, Draining: true), await HealthAsync());

        var members = await _client.GetFromJsonAsync<Dictionary<string, JsonElement>>(HubNodeApp.HealthPath, TestContext.Current.CancellationToken);
        Assert.Equal(["status", "node", "clientConnectionCount", "connectionCapacity", "bootId", "draining"], members!.Keys);
    }

    [Fact]
    public async Task WhoAmI_BehindLoopbackProxies_ShowsTheClientAndTheHeadersAsReceived()
    {
        var cancel = TestContext.Current.CancellationToken;
        await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/whoami?id=%2f~");
        request.Headers.Add("X-Forwarded-For", "203.0.113.9, 127.0.0.2");
        request.Headers.Add("X-Forwarded-Proto", "https, http");

        using var response = await _client.SendAsync(request, cancel);
        var report = await response.Content.ReadFromJsonAsync<RequestReport>(cancel);

        Assert.Equal("n1", report!.Node);
        Assert.Equal("/whoami?id=%2f~", report.Target);
        Assert.Equal("203.0.113.9", report.RemoteAddress);
        Assert.Equal("https", report.Scheme);
        Assert.Equal("127.0.0.1", report.Peer);
        Assert.Equal(_client.BaseAddress!.Authority, report.Host);
        Assert.Equal(["203.0.113.9, 127.0.0.2"], report.Headers["X-Forwarded-For"]);
    }

    [Theory]
    [InlineData("https://one.example", "https://one.example", true)]
    [InlineData("https://one.example, https://two.example", "https://two.example", true)]
    [InlineData("*", "https://any.example", true)]
    [InlineData("https://one.example", "https://other.example", false)]
    [InlineData("", "https://one.example", false)]
    public async Task CorsOrigins_PageOfAnotherSite_MayConnectWhenListed(string allowed, string origin, bool expected)
    {
        await StartAsync("--cors-origins", allowed);
        using var preflight = new HttpRequestMessage(HttpMethod.Options, "/hub/negotiate");
        preflight.Headers.Add("Origin", origin);
        preflight.Headers.Add("Access-Control-Request-Method", "POST");

        using var response = await _client.SendAsync(preflight, TestContext.Current.CancellationToken);

        Assert.Equal(expected, response.Headers.TryGetValues("Access-Control-Allow-Origin", out var origins) && origins.Single() == origin);
        Assert.Equal(expected, response.Headers.Contains("Access-Control-Allow-Credentials"));
    }

    [Fact]
    public async Task ChatPage_InProcessOfAnotherProject_IsThere()
    {
        var cancel = TestContext.Current.CancellationToken;
        await StartAsync();

        Assert.Contains("<title>Hub node chat</title>", await _client.GetStringAsync("/", cancel), StringComparison.Ordinal);
        Assert.Contains("HubConnectionBuilder", await _client.GetStringAsync("/chat.js", cancel), StringComparison.Ordinal);
    }

    private async Task StartAsync(params string[] options)
    {
        _node = HubNodeApp.Build(["--urls", "http://127.0.0.1:0", "--name", "n1", .. options], builder => builder.Logging.ClearProviders());
        await _node.StartAsync(TestContext.Current.CancellationToken);
        _client.BaseAddress = new Uri(_node.Urls.Single());
    }

    private async Task<NodeReport> HealthAsync()
        => (await _client.GetFromJsonAsync<NodeReport>(HubNodeApp.HealthPath, TestContext.Current.CancellationToken))!;

    // The hub sees an opening and a closing a moment after the answer that caused it.
    private Task AssertCountAsync(int expected) => Eventually.HoldsAsync(async () => (await HealthAsync()).ClientConnectionCount == expected);
}
