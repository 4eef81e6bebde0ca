using System.Net;
using HubNode;
using LoadTests.Connections;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Tests.Common;
using Xunit;

namespace EndToEndTests;

/// <summary>The .NET HubConnection, over this repository's own connection factory.</summary>
public sealed class DotNetClientTests(DotNetClientTests.Servers servers) : IClassFixture<DotNetClientTests.Servers>
{
    public static TheoryData<HttpTransportType, bool> Clients => new MatrixTheoryData<HttpTransportType, bool>(
        [HttpTransportType.WebSockets, HttpTransportType.ServerSentEvents, HttpTransportType.LongPolling],
        [true, false]);

    [Theory]
    [MemberData(nameof(Clients))]
    public Task HubConnection_AllKindsOfCalls_StaysOnOneNode(HttpTransportType transport, bool cookies)
        => TalkAsync(servers.Plain, options =>
        {
            options.Transport = transport;
            options.Cookies = cookies ? new CookieContainer() : null;
        });

    [Theory]
    [MemberData(nameof(Clients))]
    public Task HubConnection_OverHttps_StaysOnOneNode(HttpTransportType transport, bool cookies)
        => TalkAsync(servers.Secure, options =>
        {
            options.Transport = transport;
            options.Cookies = cookies ? new CookieContainer() : null;
            options.ConfigureHandler = handler => handler.SslOptions.RemoteCertificateValidationCallback = servers.Certificate.IsPresentedBy;
        });

    [Fact]
    public Task HubConnection_WithoutNegotiation_StaysOnOneNode()
        => TalkAsync(servers.Plain, options =>
        {
            options.Transport = HttpTransportType.WebSockets;
            options.SkipNegotiation = true;
        });

    [Theory]
    [MemberData(nameof(Clients))]
    public Task HubConnection_NegotiateVersion0_StaysOnOneNode(HttpTransportType transport, bool cookies)
        => TalkAsync(servers.Plain, options =>
        {
            options.Transport = transport;
            options.Cookies = cookies ? new CookieContainer() : null;
            options.NegotiateVersion = 0;
        });

    private async Task TalkAsync(Uri hub, Action<HttpTransportOptions> configure)
    {
        var cancel = TestContext.Current.CancellationToken;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            await using var connection = new HubConnectionBuilder().WithHttpTransport(hub, configure).Build();
            await connection.StartAsync(cancel);

            var me = await connection.InvokeAsync<HubCaller>("WhoAmI", cancel);
            Assert.Equal("hello", await connection.InvokeAsync<string>("Echo", "hello", cancel));
            Assert.Equal(Enumerable.Range(0, 5), await connection.StreamAsync<int>("Counter", 5, 10, cancel).ToListAsync(cancel));
            Assert.Equal(45L, await connection.InvokeAsync<long>("Sum", Enumerable.Range(0, 10).ToAsyncEnumerable(), cancel));
            Assert.Equal(me, await connection.InvokeAsync<HubCaller>("WhoAmI", cancel));
        }));

        servers.AtNodes.AssertEachConnectionOnOneSite();
        servers.AtNodes.AssertNoAffinityErrors();
        servers.AtGateway.AssertNoAffinityErrors();
    }

    /// <summary>Two nodes behind two gateways, one of them with a certificate.</summary>
    public sealed class Servers : EndToEndTestBed
    {
        internal Uri Plain { get; private set; } = null!;

        internal Uri Secure { get; private set; } = null!;

        internal TestCertificate Certificate { get; private set; } = null!;

        public override async ValueTask InitializeAsync()
        {
            Certificate = Own(new TestCertificate());
            TestNode[] nodes = [await StartNodeAsync("a", "--poll-timeout", "2"), await StartNodeAsync("b", "--poll-timeout", "2")];
            Plain = Hub((await StartGatewayAsync(nodes)).Url);
            Secure = Hub((await StartGatewayAsync(nodes, Certificate.KestrelOptions)).Url);
        }
    }
}
