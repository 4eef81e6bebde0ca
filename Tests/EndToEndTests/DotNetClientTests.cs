using System.Net;
using HubNode;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.Http.Connections.Client;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Tests.Common;
using Xunit;

namespace EndToEndTests;

/// <summary>SignalR's .NET client on every transport, in both versions of the negotiate, with and without cookies.</summary>
public sealed class DotNetClientTests(DotNetClientTests.Servers servers) : IClassFixture<DotNetClientTests.Servers>
{
    public static TheoryData<HttpTransportType, int, bool> Clients => new MatrixTheoryData<HttpTransportType, int, bool>(
        [HttpTransportType.WebSockets, HttpTransportType.ServerSentEvents, HttpTransportType.LongPolling],
        [0, 1],
        [true, false]);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Clients))]
    public Task HubConnection_AllKindsOfCalls_StaysOnOneNode(HttpTransportType transport, int version, bool cookies)
        => TalkAsync(servers.Plain, transport, version, cookies);

    [Theory]
    [MemberData(nameof(Clients))]
    public Task HubConnection_OverHttps_StaysOnOneNode(HttpTransportType transport, int version, bool cookies)
        => TalkAsync(servers.Secure, transport, version, cookies);

    [Fact]
    public async Task HubConnection_WithoutNegotiation_StaysOnOneNode()
    {
        await using var connection = await StartAsync(
            servers.Plain, new CookieContainer(), options => (options.Transports, options.SkipNegotiation) = (HttpTransportType.WebSockets, true));

        await CallAsync(connection);
        servers.AssertAllWentWell();
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(1, false)]
    public async Task StatefulReconnect_WebSocketCut_SameConnection(int version, bool cookies)
    {
        var earlier = servers.AtHubs.Count;
        await using var network = new TcpForwarder(new Uri(servers.Plain.GetLeftPart(UriPartial.Authority)));
        await using var connection = await StartAsync(
            Versioned(new Uri(network.Url, HubNodeApp.HubPath), version),
            cookies ? new CookieContainer() : null,
            options => (options.Transports, options.UseStatefulReconnect) = (HttpTransportType.WebSockets, true));
        var me = await connection.InvokeAsync<HubCaller>("WhoAmI", Cancel);

        network.Cut();

        Assert.Equal(me, await connection.InvokeAsync<HubCaller>("WhoAmI", Cancel)); // sent now, or kept until the WebSocket is back
        await CallAsync(connection);
        Assert.Equal(["POST", "GET", "GET"], servers.AtHubs.Skip(earlier).Select(request => request.Method)); // a negotiate, a WebSocket, and that once more
        servers.AssertAllWentWell();
    }

    private static Uri Versioned(Uri hub, int version) => version == 1 ? hub : new Uri(hub, "?negotiateVersion=" + version);

    private static async Task CallAsync(HubConnection connection)
    {
        var me = await connection.InvokeAsync<HubCaller>("WhoAmI", Cancel);
        Assert.Equal("hello", await connection.InvokeAsync<string>("Echo", "hello", Cancel));
        Assert.Equal(Enumerable.Range(0, 5), await connection.StreamAsync<int>("Counter", 5, 10, Cancel).ToListAsync(Cancel));
        Assert.Equal(45L, await connection.InvokeAsync<long>("Sum", Enumerable.Range(0, 10).ToAsyncEnumerable(), Cancel));
        Assert.Equal(me, await connection.InvokeAsync<HubCaller>("WhoAmI", Cancel));
    }

    private async Task TalkAsync(Uri hub, HttpTransportType transport, int version, bool cookies)
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            var jar = new CookieContainer();
            await using var connection = await StartAsync(Versioned(hub, version), cookies ? jar : null, options => options.Transports = transport);

            await CallAsync(connection);

            Assert.Equal(cookies, jar.Count > 0);
            Assert.Equal(version == 0, servers.AtGateway.Connections.Contains(connection.ConnectionId!)); // later versions have a token beside their id
        }));

        servers.AssertAllWentWell();
    }

    private async Task<HubConnection> StartAsync(Uri hub, CookieContainer? cookies, Action<HttpConnectionOptions> configure)
    {
        var connection = new HubConnectionBuilder().WithUrl(hub, options =>
        {
            options.Cookies = cookies ?? options.Cookies;
            options.HttpMessageHandlerFactory = _ => new SocketsHttpHandler
            {
                UseCookies = cookies is not null,
                CookieContainer = options.Cookies, // whose cookies the WebSockets send, too
                SslOptions = { RemoteCertificateValidationCallback = servers.Certificate.IsPresentedBy },
            };
            options.WebSocketConfiguration = socket => socket.RemoteCertificateValidationCallback = servers.Certificate.IsPresentedBy;
            configure(options);
        }).Build();
        await connection.StartAsync(Cancel);
        return connection;
    }

    /// <summary>Two nodes behind two gateways, one of them with a certificate.</summary>
    public sealed class Servers : EndToEndTestBed
    {
        internal Uri Plain { get; private set; } = null!;

        internal Uri Secure { get; private set; } = null!;

        internal TestCertificate Certificate { get; private set; } = null!;

        /// <summary>What the hubs of the nodes were asked, in order.</summary>
        internal IReadOnlyList<RecordedRequest> AtHubs =>
            [.. AtNodes.Requests.Where(request => request.Path.StartsWith(HubNodeApp.HubPath, StringComparison.Ordinal))];

        public override async ValueTask InitializeAsync()
        {
            Certificate = Own(new TestCertificate());
            TestNode[] nodes = [await StartNodeAsync("a", "--poll-timeout", "2"), await StartNodeAsync("b", "--poll-timeout", "2")];
            Plain = Hub((await StartGatewayAsync(nodes)).Url);
            Secure = Hub((await StartGatewayAsync(nodes, Certificate.KestrelOptions)).Url);
        }

        internal void AssertAllWentWell()
        {
            AtNodes.AssertEachConnectionOnOneSite();
            AtNodes.AssertNoAffinityErrors();
            AtGateway.AssertNoAffinityErrors();
        }
    }
}
