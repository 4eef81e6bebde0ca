using System.Net;
using Microsoft.AspNetCore.Connections.Features;
using Proxy.Affinity;
using Proxy.Authentication;
using Proxy.Configuration;
using Proxy.Nodes;
using Proxy.Outcomes;
using Xunit;
using Yarp.ReverseProxy.Model;

namespace Proxy.Tests.Authentication;

/// <summary>Where the private connections of a client stand among what decides about its requests, and when they end.</summary>
public sealed class PrivateConnectionsTests : IDisposable
{
    private readonly TestCluster _cluster = new("a", "b", "c");
    private readonly ClientConnection _client = new();

    public void Dispose() => _client.Dispose();

    [Theory]
    [InlineData("GET /page", "private-connection:b")]
    [InlineData("POST /chat/negotiate", "private-connection:b")]
    [InlineData("GET /products?id=5", "private-connection:b")]
    [InlineData("GET /chat?id=T", "tag:a")]
    [InlineData("GET /chat?id=x.g1AbCdEfGh-_0", "404 bad-tag")]
    public async Task Decide_PrivateConnection_ComesBehindTheId(string request, string expected)
    {
        await OpenAsync("b", isInHandshake: false);
        var parts = request.Replace("id=T", "id=" + _cluster.Tagged("tok", "a"), StringComparison.Ordinal).Split(' ');

        Assert.Equal(expected, Describe(_cluster.Decide(On(_client, Http.Request(parts[0], parts[1])))));
    }

    [Fact]
    public async Task Decide_PrivateConnection_ComesBehindTheCookie()
    {
        await OpenAsync("b", isInHandshake: true);

        Assert.Equal("cookie:c", Describe(_cluster.Decide(On(_client, Http.Get("/page", ("Cookie", _cluster.Cookie("c")))))));
    }

    [Theory]
    [InlineData("ClientIp")]
    [InlineData("Cookie")]
    [InlineData("None")]
    public async Task Decide_PrivateConnection_CountsInEveryMode(string mode)
    {
        _cluster.Options.Affinity.Mode = Enum.Parse<AffinityMode>(mode);
        _cluster.Refresh();
        await OpenAsync("b", isInHandshake: false);

        var decision = _cluster.Decide(On(_client, Http.Get("/page")));

        Assert.Equal("private-connection:b", Describe(decision));
        Assert.Equal(mode is "Cookie", decision.Binds);
    }

    [Fact]
    public async Task Decide_SeveralPrivateConnections_ThatUsedLastCounts()
    {
        await OpenAsync("b", isInHandshake: false);
        await OpenAsync("c", isInHandshake: false);
        Assert.Equal("private-connection:c", Describe(_cluster.Decide(On(_client, Http.Get("/page")))));

        PrivateConnections.Of(On(_client, Http.Get("/page")))!.Use(_cluster["b"].State);

        Assert.Equal("private-connection:b", Describe(_cluster.Decide(On(_client, Http.Get("/page")))));
    }

    /// <summary>In the middle of a handshake no other node can go on; otherwise a node that takes no new connections gets none.</summary>
    [Theory]
    [InlineData(true, true, "draining", "private-connection:b")]
    [InlineData(true, false, "draining", "router")]
    [InlineData(false, true, "draining", "router")]
    [InlineData(true, true, "unhealthy", "router")]
    [InlineData(true, true, "tried", "router")]
    [InlineData(false, true, "tried", "router")]
    public async Task Decide_NodeThatGoes_IsKeptInAHandshakeOnly(bool isInHandshake, bool hasCredentials, string state, string expected)
    {
        await OpenAsync("b", isInHandshake);
        switch (state)
        {
            case "draining":
                _cluster["b"].State.Lifecycle = NodeLifecycle.Draining;
                _cluster.Refresh();
                break;
            case "unhealthy":
                _cluster.SetHealth("b", DestinationHealth.Unhealthy);
                break;
        }

        var request = hasCredentials ? Http.Get("/page", ("Authorization", "NTLM x")) : Http.Get("/page");
        var decision = _cluster.Decide(On(_client, request), explanation: null, state is "tried" ? ["b"] : []);

        Assert.Equal(expected, decision.Outcome is RoutingOutcome.Router ? "router" : Describe(decision));
        Assert.Equal(expected is "router", decision.Node!.Name is not "b");
    }

    [Theory]
    [InlineData("HTTP/2", "NTLM x", "505 connection-based-auth")]
    [InlineData("HTTP/2", "Negotiate x", "505 connection-based-auth")]
    [InlineData("HTTP/3", "Negotiate x", "505 connection-based-auth")]
    [InlineData("HTTP/2", "Bearer x", "tag:a")]
    [InlineData("HTTP/1.1", "NTLM x", "tag:a")]
    public void Decide_CredentialsForAConnection_OnlyWhereOneClientHasIt(string protocol, string credentials, string expected)
    {
        var request = Http.Get($"/chat?id={_cluster.Tagged("tok", "a")}", ("Authorization", credentials));
        request.Request.Protocol = protocol;

        Assert.Equal(expected, Describe(_cluster.Decide(request)));
    }

    [Fact]
    public async Task Connections_OfAClientThatLeaves_End()
    {
        var connection = await OpenAsync("b", isInHandshake: false);
        Assert.False(connection.Transport.IsDisposed);

        _client.Close();

        Assert.True(connection.Transport.IsDisposed);
        await Assert.ThrowsAsync<HttpRequestException>(() => SendAsync(connection.Private));
    }

    /// <summary>The client may leave while its request is on its way.</summary>
    [Fact]
    public async Task Connections_OfAClientThatHasLeft_AreNotOpened()
    {
        _client.Close();

        await Assert.ThrowsAsync<HttpRequestException>(() => OpenAsync("b", isInHandshake: false));
    }

    /// <summary>A login lasts for as long as both ends like.</summary>
    [Fact]
    public void Transport_HasOneConnection_WithoutALimitOfTime()
    {
        using var handler = new SocketsHttpHandler();
        handler.PooledConnectionIdleTimeout = handler.PooledConnectionLifetime = TimeSpan.FromSeconds(50);

        PrivateConnection.Configure(handler);

        Assert.Equal(1, handler.MaxConnectionsPerServer);
        Assert.Equal(Timeout.InfiniteTimeSpan, handler.PooledConnectionIdleTimeout);
        Assert.Equal(Timeout.InfiniteTimeSpan, handler.PooledConnectionLifetime);
    }

    private static string Describe(Decision decision) =>
        decision.Refusal is { } refusal ? $"{refusal.Status} {refusal.Outcome.Name()}" : $"{decision.Outcome.Name()}:{decision.Node!.Name}";

    private static DefaultHttpContext On(ClientConnection client, DefaultHttpContext request)
    {
        request.Features.Set<IConnectionItemsFeature>(client);
        request.Features.Set<IConnectionLifetimeFeature>(client);
        return request;
    }

    private async Task<(PrivateConnection Private, NodeTransport Transport)> OpenAsync(string node, bool isInHandshake)
    {
        Assert.True(PrivateConnections.TryOpen(On(_client, Http.Get("/page")), out var all, out _));
        var transport = new NodeTransport(isInHandshake);
        var connection = new PrivateConnection(_cluster[node].State, () => new HttpMessageInvoker(transport), static () => { });
        all.Add(connection);
        using var answer = await SendAsync(connection);
        return (connection, transport);
    }

    private static async Task<HttpResponseMessage> SendAsync(PrivateConnection connection)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://node/");
        return await connection.Client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private sealed class ClientConnection : IConnectionItemsFeature, IConnectionLifetimeFeature, IDisposable
    {
        private readonly CancellationTokenSource _closed = new();

        public IDictionary<object, object?> Items { get; set; } = new Dictionary<object, object?>();

        public CancellationToken ConnectionClosed
        {
            get => _closed.Token;
            set => throw new NotSupportedException();
        }

        public void Abort() => throw new NotSupportedException();

        public void Close() => _closed.Cancel();

        public void Dispose()
        {
            Close();
            _closed.Dispose();
        }
    }

    private sealed class NodeTransport(bool isInHandshake) : HttpMessageHandler
    {
        public bool IsDisposed { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var answer = new HttpResponseMessage(HttpStatusCode.Unauthorized);
            answer.Headers.Add("WWW-Authenticate", isInHandshake ? "NTLM TlRM" : "NTLM");
            return Task.FromResult(answer);
        }

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }
}
