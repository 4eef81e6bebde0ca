using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Nodes;

/// <summary>Probes and requests of every kind secure the connection to a node in the same way, and say the same about one that cannot be secured.</summary>
public sealed class NodeTlsTests : TlsTestBed
{
    private string AuthorityFile => Write("authority.pem", Authority.Pem);

    public static TheoryData<string> Tunnels { get; } = ["auto", "yarp"];

    [Theory]
    [MemberData(nameof(Tunnels))]
    public async Task Node_CertificateForItsAddress_IsReachedWhateverTheHostOfTheClient(string tunnel)
    {
        var certificate = Authority.Issue("localhost");
        var node = await StartTlsNodeAsync("a", certificate);

        await WorksAsync(NodeAt(node, $"CertificateAuthority={AuthorityFile}"), tunnel);
    }

    [Theory]
    [MemberData(nameof(Tunnels))]
    public async Task Node_KnownByItsAddress_IsAskedForTheServerName(string tunnel)
    {
        var certificate = Authority.Issue("hub.example.test");
        var other = Authority.Issue("other.example.test");
        var node = await StartTlsNodeAsync(
            "a", certificate, https => https.ServerCertificateSelector = (_, name) => name == "hub.example.test" ? certificate : other);

        await WorksAsync(
            [$"--Gateway:Nodes:a:Address={node.Url}", $"--Gateway:Nodes:a:Tls:CertificateAuthority={AuthorityFile}",
                "--Gateway:Nodes:a:Tls:ServerName=hub.example.test"], tunnel);
    }

    [Fact]
    public async Task Node_CertificateForAnIPAddress_IsReached()
    {
        var certificate = Authority.Issue("127.0.0.1");
        var node = await StartTlsNodeAsync("a", certificate);

        await WorksAsync([$"--Gateway:Nodes:a:Address={node.Url}", $"--Gateway:NodeTls:CertificateAuthority={AuthorityFile}"]);
    }

    [Theory]
    [MemberData(nameof(Tunnels))]
    public async Task Node_OtherName_IsRefusedWithBothNames(string tunnel)
    {
        var certificate = Authority.Issue("hub.example.test", "10.0.0.1");
        var node = await StartTlsNodeAsync("a", certificate);

        await FailsAsync(NodeAt(node, $"CertificateAuthority={AuthorityFile}"),
            "it is for 'hub.example.test', '10.0.0.1' and not for 'localhost', the name that was wanted\\.", tunnel);
    }

    [Theory]
    [MemberData(nameof(Tunnels))]
    public async Task Node_UnknownAuthority_IsRefusedWithItsName(string tunnel)
    {
        var certificate = Authority.Issue("localhost");
        var node = await StartTlsNodeAsync("a", certificate);

        await FailsAsync(NodeAt(node), "it was issued by 'CN=Test authority', which is not trusted", tunnel);
    }

    [Fact]
    public async Task Node_OtherAuthority_IsRefused()
    {
        using var other = new TestAuthority("Other authority");
        var certificate = Authority.Issue("localhost");
        var node = await StartTlsNodeAsync("a", certificate);

        await FailsAsync(NodeAt(node, $"CertificateAuthority={Write("other.pem", other.Pem)}"), "it was issued by 'CN=Test authority', which is not trusted");
    }

    [Fact]
    public async Task Node_OneOfTwoAuthorities_IsReached()
    {
        using var other = new TestAuthority("Other authority");
        var certificate = Authority.Issue("localhost");
        var node = await StartTlsNodeAsync("a", certificate);

        await WorksAsync(NodeAt(node, $"CertificateAuthority={Write("both.pem", other.Pem + "\n" + Authority.Pem)}"));
    }

    [Theory]
    [MemberData(nameof(Tunnels))]
    public async Task Node_SelfSigned_IsRefused(string tunnel)
    {
        var certificate = Authority.SelfSigned("localhost");
        var node = await StartTlsNodeAsync("a", certificate);

        await FailsAsync(NodeAt(node), "it is self-signed and not trusted", tunnel);
    }

    [Theory]
    [MemberData(nameof(Tunnels))]
    public async Task Node_SelfSignedWithItsPin_IsReachedUnderAnyName(string tunnel)
    {
        var certificate = Authority.SelfSigned("whatever");
        var node = await StartTlsNodeAsync("a", certificate);

        await WorksAsync(NodeAt(node, $"Pins:0={new string('A', 43)}=", $"Pins:1=sha256//{TestAuthority.PinOf(certificate)}"), tunnel);
    }

    [Fact]
    public async Task Node_OtherKeyThanItsPin_IsRefusedWithThePin()
    {
        var certificate = Authority.SelfSigned("localhost");
        var node = await StartTlsNodeAsync("a", certificate);

        await FailsAsync(NodeAt(node, $"Pins:0={new string('A', 43)}="), System.Text.RegularExpressions.Regex.Escape(TestAuthority.PinOf(certificate)));
    }

    [Fact]
    public async Task Node_PinAndAuthority_BothMustHold()
    {
        var certificate = Authority.Issue("hub.example.test");
        var node = await StartTlsNodeAsync("a", certificate);

        await FailsAsync(
            NodeAt(node, $"Pins:0={TestAuthority.PinOf(certificate)}", $"CertificateAuthority={AuthorityFile}"), "not for 'localhost'");
    }

    [Theory]
    [MemberData(nameof(Tunnels))]
    public async Task Node_AnyCertificateAllowed_IsReached(string tunnel)
    {
        var certificate = Authority.SelfSigned("whatever");
        var node = await StartTlsNodeAsync("a", certificate);

        await WorksAsync(NodeAt(node, "AllowUntrusted=true"), tunnel);
    }

    [Theory]
    [MemberData(nameof(Tunnels))]
    public async Task Node_Expired_IsRefusedWithTheDate(string tunnel)
    {
        var certificate = Authority.IssueExpired("localhost");
        var node = await StartTlsNodeAsync("a", certificate);

        await FailsAsync(
            NodeAt(node, $"CertificateAuthority={AuthorityFile}"), $"it expired at {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd HH:mm} UTC", tunnel);
    }

    [Fact]
    public async Task Node_NotYetValid_IsRefusedWithTheDate()
    {
        var certificate = Authority.IssueEarly("localhost");
        var node = await StartTlsNodeAsync("a", certificate);

        await FailsAsync(
            NodeAt(node, $"CertificateAuthority={AuthorityFile}"), $"it is not valid before {certificate.NotBefore.ToUniversalTime():yyyy-MM-dd HH:mm} UTC");
    }

    [Fact]
    public async Task Node_CertificateOfAClient_IsRefused()
    {
        var usual = Authority.Issue("localhost");
        var certificate = Authority.IssueForClient("localhost");
        var node = await StartTlsNodeAsync( // Kestrel would refuse it as its own
            "a", usual,
            https => https.OnAuthenticate = (_, options) => options.ServerCertificateContext = SslStreamCertificateContext.Create(certificate, null));

        await FailsAsync(NodeAt(node, $"CertificateAuthority={AuthorityFile}"), "it is not meant for servers");
    }

    [Theory]
    [InlineData("auto", SslProtocols.Tls12)]
    [InlineData("auto", SslProtocols.Tls13)]
    [InlineData("yarp", SslProtocols.Tls13)]
    public async Task Node_DemandsClientCertificate_IsRefusedWithThatReason(string tunnel, SslProtocols version)
    {
        var certificate = Authority.Issue("localhost");
        var node = await StartTlsNodeAsync("a", certificate, Demand(version));

        await FailsAsync(
            NodeAt(node, $"CertificateAuthority={AuthorityFile}"), "asked for a client certificate, of which Tls:ClientCertificate names none", tunnel);
    }

    [Fact]
    public async Task Node_DemandsClientCertificateOverHttp2_IsRefusedWithThatReason()
    {
        var node = await StartTlsNodeAsync("a", Authority.Issue("localhost"), Demand(SslProtocols.Tls13));

        // HttpClient forgets the cause where the connection has ended before it waits for the node's settings.
        await FailsAsync([.. NodeAt(node, $"CertificateAuthority={AuthorityFile}"), "--Gateway:Nodes:a:Protocol=http2"],
            "asked for a client certificate, of which Tls:ClientCertificate names none|did not complete the HTTP/2 handshake");
    }

    [Theory]
    [InlineData("auto", "pem")]
    [InlineData("yarp", "pem")]
    [InlineData("auto", "one file")]
    [InlineData("auto", "encrypted")]
    [InlineData("auto", "pfx")]
    public async Task Node_DemandsClientCertificate_IsShownIt(string tunnel, string form)
    {
        var certificate = Authority.Issue("localhost");
        var client = Authority.IssueForClient("gateway");
        var shown = "";
        var node = await StartTlsNodeAsync("a", certificate, https =>
        {
            Demand(SslProtocols.None)(https);
            https.ClientCertificateValidation = (presented, _, _) => (shown = presented.Thumbprint).Length > 0;
        });

        await WorksAsync(NodeAt(node, [$"CertificateAuthority={AuthorityFile}", .. ClientOptions(client, form)]), tunnel);
        Assert.Equal(client.Thumbprint, shown);
    }

    [Fact]
    public async Task Node_RefusesTheClientCertificate_SaysSo()
    {
        var certificate = Authority.Issue("localhost");
        var client = Authority.SelfSigned("stranger");
        var node = await StartTlsNodeAsync("a", certificate, https =>
        {
            Demand(SslProtocols.None)(https);
            https.ClientCertificateValidation = static (_, _, _) => false;
        });

        await FailsAsync(NodeAt(node, [$"CertificateAuthority={AuthorityFile}", .. ClientOptions(client, "pem")]),
            "may not accept the client certificate in Tls:ClientCertificate|does not accept the client certificate");
    }

    [Fact]
    public async Task Node_PlainHttpBehindHttps_SaysSo()
    {
        var node = await StartNodeAsync("a");

        await FailsAsync(NodeAt(node), "(^|: )The node does not speak TLS at this address; if it speaks plain HTTP, its address has to begin with http\\.$");
    }

    [Theory]
    [InlineData(HttpProtocols.Http2)]
    [InlineData(HttpProtocols.Http1AndHttp2)]
    public async Task Node_Http2_IsReached(HttpProtocols protocols)
    {
        var certificate = Authority.Issue("localhost");
        var node = await StartTlsNodeAsync("a", certificate, protocols: protocols);

        await WorksAsync([.. NodeAt(node, $"CertificateAuthority={AuthorityFile}"), "--Gateway:Nodes:a:Protocol=http2"]);
    }

    /// <summary>Its WebSockets go by HTTP/1.1.</summary>
    [Fact]
    public async Task Node_Http2ThatItDoesNotOffer_SaysSo()
    {
        var certificate = Authority.Issue("localhost");
        var node = await StartTlsNodeAsync("a", certificate, protocols: HttpProtocols.Http1);

        await FailsAsync(
            [.. NodeAt(node, $"CertificateAuthority={AuthorityFile}"), "--Gateway:Nodes:a:Protocol=http2"], "does not offer HTTP/2 over TLS",
            failsWebSockets: false);
    }

    [Fact]
    public async Task Nodes_DifferentTlsInOneCluster_AreAllReached()
    {
        using var other = new TestAuthority("Other authority");
        var first = Authority.Issue("localhost");
        var second = other.Issue("hub.example.test");
        var a = await StartTlsNodeAsync("a", first);
        var b = await StartTlsNodeAsync("b", second);
        var c = await StartNodeAsync("c");
        var gateway = await StartGatewayAsync(
        [
            .. NodeAt(a), $"--Gateway:NodeTls:CertificateAuthority={AuthorityFile}",
            .. NodeAt(b, $"CertificateAuthority={Write("other.pem", other.Pem)}", "ServerName=hub.example.test"),
            $"--Gateway:Nodes:c={c.Url}", "--Gateway:Router=round-robin", .. Probed,
        ]);

        foreach (var name in (string[])["a", "b", "c"])
        {
            await NodeIsAsync(gateway, name, static node => node.GetProperty("health").GetProperty("active").GetString() == "healthy", "is healthy");
        }

        Assert.Equal(["a", "b", "c"], (await CountAnswersAsync(gateway, 30)).Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("http1")]
    [InlineData("http2")]
    public async Task HubProbe_OfATlsNode_UsesItsTlsOnEveryTransport(string protocol)
    {
        var node = await StartTlsNodeAsync("a", Authority.Issue("hub.example.test"));
        var gateway = await StartGatewayAsync(
        [
            .. NodeAt(node, $"CertificateAuthority={AuthorityFile}", "ServerName=hub.example.test"), $"--Gateway:Nodes:a:Protocol={protocol}", .. Probed,
            "--Gateway:Health:Probe=signalr", "--Gateway:Health:Path=/hub", $"--Gateway:Health:Host={ClientHost}",
        ]);

        await NodeIsAsync(gateway, "a", static node => node.GetProperty("health").GetProperty("active").GetString() == "healthy", "is healthy");
    }

    [Fact]
    public async Task OwnerProbe_OfATlsNode_UsesItsTls()
    {
        var node = await StartTlsNodeAsync("a", Authority.Issue("hub.example.test"));
        string[] options = [.. NodeAt(node, $"CertificateAuthority={AuthorityFile}", "ServerName=hub.example.test"), "--Gateway:Health:Probe=none"];
        var first = await StartGatewayAsync([.. options, "--Gateway:Affinity:Mode=Learn"]); // its ids carry no tag
        var second = await StartGatewayAsync(
            [.. options, "--Gateway:Affinity:OnUnknown=Probe", "--Gateway:Hubs:0=/hub", "--Gateway:Diagnostics:ResponseHeaders=true"]);
        var (id, _) = await NegotiateAsync(first);

        var (status, outcome, _, _) = await SendAsync(second, HttpMethod.Get, $"/hub?id={id}");

        Assert.Equal((200, "probe"), (status, outcome));
    }

    /// <summary>A connection that the node logs in belongs to one client, and is secured as any other.</summary>
    [Fact]
    public async Task PrivateConnection_ToATlsNode_HasItsTls()
    {
        var node = await StartTlsNodeAsync("a", Authority.Issue("hub.example.test"));
        var gateway = await StartGatewayAsync(
        [
            .. NodeAt(node, $"CertificateAuthority={AuthorityFile}", "ServerName=hub.example.test"), "--Gateway:Health:Probe=none",
            "--Gateway:Diagnostics:ResponseHeaders=true",
        ]);
        using var client = new HttpClient(new SocketsHttpHandler { UseCookies = false });
        foreach (var outcome in (string[])["router", "private-connection"]) // the first request has the connection made
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(gateway.Url, "/health")) { Headers = { Host = ClientHost } };
            request.Headers.TryAddWithoutValidation("Authorization", "NTLM TlRMTVNTUAABAAAA");

            using var answer = await client.SendAsync(request, Cancel);

            Assert.Equal((200, outcome), ((int)answer.StatusCode, answer.Headers.GetValues("X-Affinity-Outcome").Single()));
        }
    }

    private static Action<HttpsConnectionAdapterOptions> Demand(SslProtocols version) => https =>
    {
        https.SslProtocols = version;
        https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
        https.AllowAnyClientCertificate();
    };

    private string[] ClientOptions(X509Certificate2 client, string form)
    {
        var key = TestAuthority.KeyPemOf(client);
        switch (form)
        {
            case "pem":
                return
                [
                    $"ClientCertificate:Path={Write("client.pem", client.ExportCertificatePem())}",
                    $"ClientCertificate:KeyPath={Write("client.key", key)}",
                ];
            case "one file":
                return [$"ClientCertificate:Path={Write("client.pem", client.ExportCertificatePem() + "\n" + key)}"];
            case "encrypted":
                using (var own = client.GetECDsaPrivateKey()!)
                {
                    var parameters = new System.Security.Cryptography.PbeParameters(
                        System.Security.Cryptography.PbeEncryptionAlgorithm.Aes256Cbc, System.Security.Cryptography.HashAlgorithmName.SHA256, 1000);
                    return
                    [
                        $"ClientCertificate:Path={Write("client.pem", client.ExportCertificatePem())}",
                        $"ClientCertificate:KeyPath={Write("client.key", own.ExportEncryptedPkcs8PrivateKeyPem("hunter2", parameters))}",
                        "ClientCertificate:Password=hunter2",
                    ];
                }

            default:
                return
                [
                    $"ClientCertificate:Path={Write("client.pfx", client.Export(X509ContentType.Pkcs12, "hunter2"))}",
                    "ClientCertificate:Password=hunter2",
                ];
        }
    }
}
