using EndToEndTests.Clients;
using HubNode;
using Tests.Common;
using Xunit;

namespace EndToEndTests;

/// <summary>All transports over a listener that Kestrel's own configuration section sets up with a certificate.</summary>
public sealed class HttpsTests(HttpsTests.Servers servers) : IClassFixture<HttpsTests.Servers>
{
    public static TheoryData<string, bool> Clients => new MatrixTheoryData<string, bool>(SignalROptions.AllTransports, [true, false]);

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task SignalRClient_OverHttps_StaysOnOneNode(string transport, bool cookies)
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            var client = await servers.StartClientAsync(new SignalROptions { Transport = transport, Cookies = cookies });
            var me = await client.InvokeAsync<HubCaller>("WhoAmI");
            Assert.Equal([0, 1, 2], await client.StreamAsync("Counter", 3, 10));
            Assert.Equal(me, await client.InvokeAsync<HubCaller>("WhoAmI"));
        }));

        servers.AtNodes.AssertEachConnectionOnOneSite();
        servers.AtGateway.AssertNoAffinityErrors();
    }

    [Fact]
    public async Task SignalRClient_WithoutNegotiation_IsServed()
    {
        var client = await servers.StartClientAsync(new SignalROptions { SkipNegotiation = true });

        Assert.Equal("secure", await client.InvokeAsync<string>("Echo", "secure"));
    }

    /// <summary>Two nodes behind a gateway with a certificate.</summary>
    public sealed class Servers : EndToEndTestBed
    {
        private TestGateway? _gateway;

        public override async ValueTask InitializeAsync()
        {
            var certificate = Own(new TestCertificate());
            ScriptEnvironment["NODE_EXTRA_CA_CERTS"] = certificate.CertificateFile;
            TestNode[] nodes = [await StartNodeAsync("a", "--poll-timeout", "2"), await StartNodeAsync("b", "--poll-timeout", "2")];
            _gateway = await StartGatewayAsync(nodes, certificate.KestrelOptions);
            Assert.Equal(Uri.UriSchemeHttps, _gateway.Url.Scheme);
        }

        internal Task<ScriptClient> StartClientAsync(SignalROptions options) => StartSignalRClientAsync(_gateway!.Url, options);
    }
}
