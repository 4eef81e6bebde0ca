using System.Net.WebSockets;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Hosting;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.EventLoops;

/// <summary>Kestrel on the event loops, even when the environment configures another tunnel.</summary>
[SupportedOSPlatform("linux")]
public sealed class ClientTransportTests : SocketTestBed
{
    private const string OnLoops = "--Gateway:Tunnel=auto";

    [Fact]
    public async Task Requests_Pipelined_AreAnsweredInOrder()
    {
        var node = StartScripted("a", static exchange => exchange.AnswerAsync(200, exchange.Request.Target));
        var gateway = await StartGatewayAsync([node], OnLoops);
        await using var client = await RawConnection.OpenAsync(gateway.Url);

        await client.SendAsync(string.Concat(Enumerable.Range(0, 20).Select(static i => Get($"/{i}"))));
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal($"/{i}", (await client.ReadResponseAsync()).Body);
        }

        await client.SendAsync(Get("/later"));
        Assert.Equal("/later", (await client.ReadResponseAsync()).Body);
    }

    [Fact]
    public async Task Request_ByteByByte_IsRead()
    {
        var node = StartScripted("a", static exchange => exchange.AnswerAsync(200, exchange.Request.Body));
        var gateway = await StartGatewayAsync([node], OnLoops);
        await using var client = await RawConnection.OpenAsync(gateway.Url);

        foreach (var octet in "POST /send HTTP/1.1\r\nHost: hub.example\r\nContent-Length: 4\r\n\r\nbody")
        {
            await client.SendAsync(octet.ToString());
        }

        Assert.Equal("body", (await client.ReadResponseAsync()).Body);
    }

    [Fact]
    public async Task Connections_FiveHundredAtOnce_AreAllAnswered()
    {
        var node = StartScripted("a", static exchange => exchange.AnswerAsync(200, exchange.Request.Target));
        var gateway = await StartGatewayAsync([node], OnLoops);

        var clients = await Task.WhenAll(Enumerable.Range(0, 500).Select(_ => RawConnection.OpenAsync(gateway.Url)));
        await Task.WhenAll(clients.Select((client, i) => client.SendAsync(Get($"/{i}"))));
        var answers = await Task.WhenAll(clients.Select(static async client =>
        {
            await using (client)
            {
                return (await client.ReadResponseAsync()).Body;
            }
        }));

        Assert.Equal(Enumerable.Range(0, 500).Select(static i => $"/{i}"), answers);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Https_OnTheLoops_Works(string version)
    {
        var node = StartScripted("a", static exchange => exchange.AnswerAsync(200, exchange.Request.Field("X-Forwarded-Proto")!));
        var (gateway, http) = await StartHttpsAsync((node.Name, node.Url));
        using var _ = http;
        using var request = new HttpRequestMessage(HttpMethod.Get, gateway.Url);
        request.Version = new Version(version);
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;

        using var answer = await http.SendAsync(request, Cancel);

        Assert.Equal(new Version(version), answer.Version);
        Assert.Equal("https", await answer.Content.ReadAsStringAsync(Cancel));
    }

    /// <summary>The socket carries TLS and not the frames of the WebSocket, so it cannot be handed off.</summary>
    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task WebSocket_OverTls_IsCarriedByAStreamTunnel(string version)
    {
        var node = await StartNodeAsync("a");
        var (gateway, http) = await StartHttpsAsync((node.Name, node.Url));
        using var _ = http;
        using var client = new ClientWebSocket();
        client.Options.HttpVersion = new Version(version);
        client.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;

        await client.ConnectAsync(new UriBuilder(gateway.Url) { Scheme = "wss", Path = "/hub" }.Uri, http, Cancel);
        await client.SendAsync("{\"protocol\":\"json\",\"version\":1}\u001e"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, Cancel);
        var buffer = new byte[64];
        var received = await client.ReceiveAsync(buffer, Cancel);

        Assert.Equal("{}\u001e", Encoding.UTF8.GetString(buffer, 0, received.Count));
        var row = Assert.Single((await gateway.Admin.GetAsync("/affinity/connections")).GetProperty("connections").EnumerateArray());
        Assert.Equal("stream", row.GetProperty("tunnel").GetString());
        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Cancel);
    }

    private async Task<(TestGateway Gateway, HttpMessageInvoker Http)> StartHttpsAsync((string Name, Uri Url) node)
    {
        var certificate = Certificate();
        var gateway = await StartGatewayAsync(
            [node],
            builder => builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureHttpsDefaults(https => https.ServerCertificate = certificate)),
            OnLoops, "--urls=https://127.0.0.1:0", "--Gateway:Health:Probe=none");
        var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, seen, _, _) =>
            seen is not null && seen.GetCertHashString() == certificate.GetCertHashString();
        return (gateway, new HttpMessageInvoker(handler));
    }

    private static X509Certificate2 Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=gateway", key, HashAlgorithmName.SHA256);
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }

    private static string Get(string target) => $"GET {target} HTTP/1.1\r\nHost: hub.example\r\n\r\n";
}
