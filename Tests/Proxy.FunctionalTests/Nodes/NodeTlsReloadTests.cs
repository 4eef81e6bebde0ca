using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Proxy.FunctionalTests.Clusters;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Nodes;

/// <summary>Changed options and changed files apply to new connections while the gateway runs.</summary>
public sealed class NodeTlsReloadTests : TlsTestBed
{
    [Fact]
    public async Task Option_Changed_AppliesToNewRequestsAndLeavesOpenConnections()
    {
        using var other = new TestAuthority("Other authority");
        var certificate = Authority.Issue("localhost");
        var node = await StartTlsNodeAsync("a", certificate);
        var settings = new LiveSettings([.. NodeAt(node, "AllowUntrusted=true"), "Gateway:Health:Probe=none"]);
        var gateway = await StartLiveGatewayAsync(settings, time: null);
        using var socket = new ClientWebSocket();
        await OpenAsync(gateway, socket);
        Assert.Equal(200, await GetAsync(gateway)); // its connection stays in the pool

        settings.Replace([.. NodeAt(node, $"CertificateAuthority={Write("other.pem", other.Pem)}"), "Gateway:Health:Probe=none"]);

        await Eventually.HoldsAsync(async () => await GetAsync(gateway) == 502);
        Assert.Contains(gateway.Log.Entries, static entry => entry.Message.Contains("is not trusted", StringComparison.Ordinal));
        await ShakeHandsAsync(socket);

        settings.Replace(
        [
            .. NodeAt(node), $"Gateway:NodeTls:CertificateAuthority={Write("authority.pem", Authority.Pem)}", "Gateway:Health:Probe=none",
        ]);
        await Eventually.HoldsAsync(async () => await GetAsync(gateway) == 200);
    }

    [Fact]
    public async Task ServerName_Changed_Applies()
    {
        var certificate = Authority.Issue("hub.example.test");
        var node = await StartTlsNodeAsync("a", certificate);
        string[] authority = [$"Gateway:NodeTls:CertificateAuthority={Write("authority.pem", Authority.Pem)}", .. Probed];
        var settings = new LiveSettings([.. NodeAt(node), .. authority]);
        var gateway = await StartLiveGatewayAsync(settings, time: null);
        await OnlineIsAsync(gateway, "a", online: false);

        settings.Replace([.. NodeAt(node, "ServerName=hub.example.test"), .. authority]);

        await OnlineIsAsync(gateway, "a", online: true);
        await TrafficWorksAsync(gateway);
    }

    [Fact]
    public async Task AuthorityFile_Changed_Applies()
    {
        using var other = new TestAuthority("Other authority");
        var certificate = Authority.Issue("localhost");
        var node = await StartTlsNodeAsync("a", certificate);
        var file = Write("authority.pem", other.Pem);
        var gateway = await StartGatewayAsync([.. NodeAt(node, $"CertificateAuthority={file}"), .. Probed]);
        await OnlineIsAsync(gateway, "a", online: false);

        Write("authority.pem", other.Pem + "\n" + Authority.Pem);

        await OnlineIsAsync(gateway, "a", online: true);
        await TrafficWorksAsync(gateway);
        Assert.Contains(
            gateway.Log.Entries, static entry => entry.Event.Name == "CertificateFilesChanged" && entry.Message.Contains(" a ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ClientCertificateFile_Changed_IsShownByNewConnections()
    {
        var certificate = Authority.Issue("localhost");
        var first = Authority.IssueForClient("first");
        var second = Authority.IssueForClient("second");
        var shown = new ConcurrentQueue<string>();
        var node = await StartTlsNodeAsync("a", certificate, https =>
        {
            https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
            https.ClientCertificateValidation = (presented, _, _) =>
            {
                shown.Enqueue(presented.Subject);
                return true;
            };
        });
        var gateway = await StartGatewayAsync(
        [
            .. NodeAt(node, "AllowUntrusted=true", $"ClientCertificate:Path={Write("client.pem", WithKey(first))}"), "--Gateway:Health:Probe=none",
        ]);
        Assert.Equal(200, await GetAsync(gateway));
        Assert.Equal(["CN=first"], shown);

        Write("client.pem", WithKey(second));

        await Eventually.HoldsAsync(async () => await GetAsync(gateway) == 200 && shown.Contains("CN=second"));
    }

    [Theory]
    [InlineData("no certificate at all", "is not PEM")]
    [InlineData("", "is not PEM")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "holds a certificate that cannot be read")]
    [InlineData(null, "does not exist")]
    public async Task File_ChangedIntoAnUnusableOne_IsReportedAndNotUsed(string? content, string reason)
    {
        var certificate = Authority.Issue("localhost");
        var node = await StartTlsNodeAsync("a", certificate);
        var file = Write("authority.pem", Authority.Pem);
        var gateway = await StartGatewayAsync([.. NodeAt(node, $"CertificateAuthority={file}"), "--Gateway:Health:Probe=none"]);
        gateway.Log.Expect(static entry => entry.Event.Name == "CertificateFilesRefused");

        if (content is null)
        {
            File.Delete(file);
        }
        else
        {
            Write("authority.pem", content);
        }

        await Eventually.HoldsAsync(() => Refused().Any());
        await TrafficWorksAsync(gateway); // with new connections, since a WebSocket never takes a used one
        Assert.Contains(reason, Assert.Single(Refused()).Message, StringComparison.Ordinal);

        Write("authority.pem", Authority.Pem + "\n");
        await Eventually.HoldsAsync(() => gateway.Log.Entries.Any(static entry => entry.Event.Name == "CertificateFilesChanged"));

        IEnumerable<LogEntry> Refused() => gateway.Log.Entries.Where(static entry => entry.Event.Name == "CertificateFilesRefused");
    }

    private static string WithKey(X509Certificate2 certificate) => certificate.ExportCertificatePem() + "\n" + TestAuthority.KeyPemOf(certificate);
}
