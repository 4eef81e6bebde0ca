using System.Security.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Tests.Common;
using Xunit;
using Yarp.ReverseProxy.Configuration;

namespace Proxy.FunctionalTests.Nodes;

/// <summary>TLS to the destinations of clusters in YARP's own section, and of an application's own YARP.</summary>
public sealed class NodeTlsClusterTests : TlsTestBed
{
    private const string Cluster = "--ReverseProxy:Clusters:hubs:";

    [Fact]
    public async Task Destination_WithMetadata_HasItsTls()
    {
        var certificate = Authority.Issue("hub.example.test");
        var node = await StartTlsNodeAsync("a", certificate);

        await WorksAsync(
        [
            .. ClusterAt(node), $"{Cluster}Metadata:NodeTls.CertificateAuthority={Write("authority.pem", Authority.Pem)}",
            $"{Cluster}Destinations:a:Metadata:Tls.ServerName=hub.example.test",
        ]);
    }

    [Fact]
    public async Task Destination_WithPins_HasThem()
    {
        var certificate = Authority.SelfSigned("whatever");
        var node = await StartTlsNodeAsync("a", certificate);

        await WorksAsync([.. ClusterAt(node), $"{Cluster}Destinations:a:Metadata:Tls.Pins={new string('A', 43)}=,{TestAuthority.PinOf(certificate)}"]);
    }

    [Theory]
    [MemberData(nameof(NodeTlsTests.Tunnels), MemberType = typeof(NodeTlsTests))]
    public async Task Cluster_ThatAcceptsAnyCertificate_DoesSo(string tunnel)
    {
        var certificate = Authority.SelfSigned("whatever");
        var node = await StartTlsNodeAsync("a", certificate);

        await WorksAsync([.. ClusterAt(node), $"{Cluster}HttpClient:DangerousAcceptAnyServerCertificate=true"], tunnel);
    }

    [Fact]
    public async Task Cluster_ThatAcceptsAnyCertificate_ChecksADestinationWithPins()
    {
        var certificate = Authority.SelfSigned("whatever");
        var node = await StartTlsNodeAsync("a", certificate);

        await FailsAsync(
        [
            .. ClusterAt(node), $"{Cluster}HttpClient:DangerousAcceptAnyServerCertificate=true",
            $"{Cluster}Destinations:a:Metadata:Tls.Pins={new string('A', 43)}=",
        ], "which is not among the configured Pins");
    }

    [Fact]
    public async Task Cluster_WithVersionsOfTls_UsesThem()
    {
        var certificate = Authority.Issue("localhost");
        var node = await StartTlsNodeAsync("a", certificate, static https => https.SslProtocols = SslProtocols.Tls13);
        string[] cluster = [.. ClusterAt(node), $"--Gateway:NodeTls:CertificateAuthority={Write("authority.pem", Authority.Pem)}"];

        await WorksAsync([.. cluster, $"{Cluster}HttpClient:SslProtocols:0=Tls13"]);
        await FailsAsync([.. cluster, $"{Cluster}HttpClient:SslProtocols:0=Tls12"], "have no version of TLS in common");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Cluster_BehindAWebProxy_ChecksTheCertificateForTheServerName(bool isOtherName)
    {
        var certificate = Authority.Issue("hub.example.test");
        var node = await StartTlsNodeAsync("a", certificate);
        await using var proxy = new ConnectProxy();
        string[] cluster =
        [
            .. ClusterAt(node), $"--Gateway:NodeTls:CertificateAuthority={Write("authority.pem", Authority.Pem)}",
            $"{Cluster}HttpClient:WebProxy:Address={proxy.Url}",
            $"{Cluster}Destinations:a:Metadata:Tls.ServerName={(isOtherName ? "other" : "hub")}.example.test",
        ];

        await (isOtherName ? FailsAsync(cluster, "not for 'other.example.test'") : WorksAsync(cluster));

        Assert.Contains($"CONNECT localhost:{node.Url.Port} HTTP/1.1", proxy.Requests);
    }

    [Fact]
    public async Task Application_WithItsOwnYarp_HasTls()
    {
        var certificate = Authority.Issue("hub.example.test");
        var node = await StartTlsNodeAsync("a", certificate);
        await using var app = Build(node, ("Tls.ServerName", "hub.example.test"), ("Tls.CertificateAuthority", Write("authority.pem", Authority.Pem)));
        await app.StartAsync(Cancel);
        using var client = new HttpClient();

        Assert.Equal("a", (await client.GetAsync(app.Urls.First() + "/health", Cancel)).Headers.GetValues(HubNode.HubNodeApp.NodeHeader).Single());
    }

    [Theory]
    [InlineData("Tls.CertificateAuthority", "missing.pem", "a file that does not exist")]
    [InlineData("Tls.Pins", "AAAA", "must be a SHA-256 in base64")]
    [InlineData("Tls.ServrName", "a", "the nearest is Tls.ServerName")]
    public async Task Application_WithTlsThatCannotBeUsed_DoesNotStart(string key, string value, string reason)
    {
        var certificate = Authority.Issue("localhost");
        var node = await StartTlsNodeAsync("a", certificate);

        var failure = Assert.ThrowsAny<Exception>(() => Build(node, (key, value)));

        Assert.Matches(reason, failure.ToString());
    }

    private static string[] ClusterAt(TestNode node) =>
    [
        "--ReverseProxy:Routes:all:ClusterId=hubs", "--ReverseProxy:Routes:all:Match:Path={**all}",
        $"{Cluster}SessionAffinity:Enabled=true", $"{Cluster}SessionAffinity:Policy=SignalR", $"{Cluster}SessionAffinity:AffinityKeyName=k",
        $"{Cluster}Destinations:a:Address=https://localhost:{node.Url.Port}",
    ];

    private static WebApplication Build(TestNode node, params (string Key, string Value)[] metadata)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRouting();
        builder.Services.AddReverseProxy()
            .LoadFromMemory(
                [new RouteConfig { RouteId = "all", ClusterId = "hubs", Match = new RouteMatch { Path = "{**all}" } }],
                [
                    new ClusterConfig
                    {
                        ClusterId = "hubs",
                        SessionAffinity = new SessionAffinityConfig { Enabled = true, Policy = "SignalR", AffinityKeyName = "k" },
                        Destinations = new Dictionary<string, DestinationConfig>(StringComparer.Ordinal)
                        {
                            ["a"] = new()
                            {
                                Address = $"https://localhost:{node.Url.Port}",
                                Metadata = metadata.ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal),
                            },
                        },
                    },
                ])
            .AddStickySignalR(builder.Configuration);
        var app = builder.Build();
        app.MapReverseProxy();
        return app;
    }
}
