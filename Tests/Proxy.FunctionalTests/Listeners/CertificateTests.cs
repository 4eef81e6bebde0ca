using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Proxy.Configuration;
using Tests.Common;
using Xunit;

namespace Proxy.FunctionalTests.Listeners;

/// <summary>Real handshakes with certificates from real files, which change while the gateway runs.</summary>
public sealed class CertificateTests : FunctionalTestBed
{
    private const string Endpoint = "Kestrel:Endpoints:tls:";

    private readonly CertificateFolder _files;

    public CertificateTests()
    {
        _files = Own(new CertificateFolder());
    }

    [Theory]
    [InlineData("stream")]
    [InlineData("auto")]
    public async Task Renewal_OfBothFiles_IsShownToNewConnections_AndTheOpenOneGoesOn(string tunnel)
    {
        var first = _files.Write("site", "first", "hub.example");
        var gateway = await StartTlsAsync([.. _files.Options(Endpoint + "Certificate", "site"), "--Gateway:Tunnel=" + tunnel]);
        await using var open = await ConnectAsync(gateway);
        Assert.Equal(first.Thumbprint, open.Thumbprint);
        Assert.Contains(_files.IntermediateThumbprint, open.Chain);

        var second = _files.Write("site", "second", "hub.example");

        await ShowsAsync(gateway, second);
        await using var later = await ConnectAsync(gateway);
        Assert.Contains(_files.IntermediateThumbprint, later.Chain);
        Assert.StartsWith("HTTP/1.1 200", await open.AskAsync("/", Cancel), StringComparison.Ordinal);
        Assert.Single(gateway.Log.Entries, static entry => entry.Event.Name == "CertificateRenewed");
    }

    /// <summary>Kubernetes: the files are links through <c>..data</c>, which is itself a link that is replaced. Certbot replaces links to files.</summary>
    [Fact]
    public async Task Renewal_BySwappedDirectoryLink_IsShown()
    {
        async Task PutAsync(string version, X509Certificate2 certificate)
        {
            var folder = Directory.CreateDirectory(_files.PathOf(version)).FullName;
            File.WriteAllText(Path.Combine(folder, "tls.crt"), _files.FullChain(certificate));
            File.WriteAllText(Path.Combine(folder, "tls.key"), CertificateFolder.Key(certificate));
            File.CreateSymbolicLink(_files.PathOf("..data_tmp"), version);

            // .NET moves no link to a folder.
            await using var move = ChildProcess.Start("mv", "mv", ["-T", _files.PathOf("..data_tmp"), _files.PathOf("..data")]);
            Assert.Equal(0, await move.WaitForExitAsync());
        }

        await PutAsync("..v1", _files.Issue("first"));
        File.CreateSymbolicLink(_files.PathOf("tls.crt"), Path.Combine("..data", "tls.crt"));
        File.CreateSymbolicLink(_files.PathOf("tls.key"), Path.Combine("..data", "tls.key"));
        var gateway = await StartTlsAsync(
            $"--{Endpoint}Certificate:Path={_files.PathOf("tls.crt")}", $"--{Endpoint}Certificate:KeyPath={_files.PathOf("tls.key")}");

        var second = _files.Issue("second");
        await PutAsync("..v2", second);

        await ShowsAsync(gateway, second);
    }

    [Fact]
    public async Task Renewal_ThatDoesNotFit_KeepsTheOldOne_IsReportedOnce_AndIsTakenWhenItFits()
    {
        var first = _files.Write("site", "first");
        var gateway = await StartTlsAsync(_files.Options(Endpoint + "Certificate", "site"));
        gateway.Log.Expect(static entry => entry.Event.Name == "CertificateUnusable");
        var second = _files.Issue("second");

        File.WriteAllText(_files.PathOf("site.pem"), _files.FullChain(second)); // the key is still the first one's

        await Eventually.HoldsAsync(() => Unusable(gateway) == 1);
        for (var i = 0; i < 3; i++)
        {
            await using var client = await ConnectAsync(gateway);
            Assert.Equal(first.Thumbprint, client.Thumbprint);
        }

        var shown = (await gateway.Admin.GetAsync("/affinity")).GetProperty("certificates").EnumerateArray().Single();
        Assert.Equal((Endpoint + "Certificate", "CN=first"), (shown.GetProperty("key").GetString(), shown.GetProperty("subject").GetString()));
        Assert.Contains("key", shown.GetProperty("problem").GetString(), StringComparison.Ordinal);

        File.WriteAllText(_files.PathOf("site.key"), CertificateFolder.Key(second));

        await ShowsAsync(gateway, second);
        Assert.Equal(1, Unusable(gateway));
        await Eventually.PassesAsync(async () => // what is shown follows at the end of the same look at the files
            Assert.Null((await gateway.Admin.GetAsync("/affinity")).GetProperty("certificates").EnumerateArray().Single().GetProperty("problem").GetString()));
    }

    [Fact]
    public async Task Renewal_FileGone_KeepsTheOldOne_AndIsReported()
    {
        var first = _files.Write("site", "first");
        var gateway = await StartTlsAsync(_files.Options(Endpoint + "Certificate", "site"));
        gateway.Log.Expect(static entry => entry.Event.Name == "CertificateUnusable");

        File.Delete(_files.PathOf("site.pem"));

        await Eventually.HoldsAsync(() => Unusable(gateway) == 1);
        await using var client = await ConnectAsync(gateway);
        Assert.Equal(first.Thumbprint, client.Thumbprint);
    }

    [Fact]
    public async Task Sni_AddedByAReload_AnswersForItsName_AndItsCertificateIsRenewed()
    {
        var fallback = _files.Write("any", "any");
        _files.Write("wild", "wild", "*.hub.example");
        var settings = new ReloadedSettings($"{Endpoint}Sni:*:Protocols=Http1");
        var gateway = await StartTlsAsync(settings, _files.Options(Endpoint + "Certificate", "any"));
        await using var before = await ConnectAsync(gateway, "b.hub.example");
        Assert.Equal(fallback.Thumbprint, before.Thumbprint);

        settings.Set($"{Endpoint}Sni:*.hub.example:Certificate:Path", _files.PathOf("wild.pem"));
        settings.Set($"{Endpoint}Sni:*.hub.example:Certificate:KeyPath", _files.PathOf("wild.key"));
        settings.Reload();

        await SubjectIsAsync(gateway, "b.hub.example", "CN=wild");
        await SubjectIsAsync(gateway, "other.example", "CN=any");
        await SubjectIsAsync(gateway, "", "CN=any");
        var renewed = _files.Write("wild", "renewed", "*.hub.example");
        await Eventually.HoldsAsync(async () =>
        {
            await using var client = await ConnectAsync(gateway, "b.hub.example");
            return client.Thumbprint == renewed.Thumbprint;
        });
        Assert.StartsWith("HTTP/1.1 200", await before.AskAsync("/", Cancel), StringComparison.Ordinal);
    }

    /// <summary>The configuration and a secret do not arrive in order.</summary>
    [Fact]
    public async Task Sni_WhoseFilesComeLater_AnswersAsBeforeUntilThen()
    {
        _files.Write("any", "any");
        var settings = new ReloadedSettings($"{Endpoint}Sni:*:Protocols=Http1");
        var gateway = await StartTlsAsync(settings, _files.Options(Endpoint + "Certificate", "any"));
        gateway.Log.Expect(static entry => entry.Event.Name == "CertificateUnusable");

        settings.Set($"{Endpoint}Sni:late.example:Certificate:Path", _files.PathOf("late.pem"));
        settings.Set($"{Endpoint}Sni:late.example:Certificate:KeyPath", _files.PathOf("late.key"));
        settings.Reload();

        await Eventually.HoldsAsync(() => Unusable(gateway) == 1);
        await SubjectIsAsync(gateway, "late.example", "CN=any");
        _files.Write("late", "late", "late.example");
        await SubjectIsAsync(gateway, "late.example", "CN=late");
    }

    [Fact]
    public async Task Sni_NameThatIsNotInTheList_IsRefused()
    {
        _files.Write("a", "a");
        var gateway = await StartTlsAsync(_files.Options(Endpoint + "Sni:a.example:Certificate", "a"));

        await SubjectIsAsync(gateway, "a.example", "CN=a");
        await Assert.ThrowsAnyAsync<Exception>(async () => await ConnectAsync(gateway, "b.example"));
    }

    [Fact]
    public async Task Sni_SettingsOfItsOwn_Apply()
    {
        _files.Write("a", "a");
        var gateway = await StartTlsAsync(
        [
            .. _files.Options(Endpoint + "Certificate", "a"), $"--{Endpoint}SslProtocols:0=Tls12", $"--{Endpoint}Sni:new.example:SslProtocols:0=Tls13",
            $"--{Endpoint}Sni:new.example:Protocols=Http1", $"--{Endpoint}Sni:*:ClientCertificateMode=NoCertificate",
        ]);
        static void BothVersions(SslClientAuthenticationOptions options) =>
            options.ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];

        await using var old = await ConnectAsync(gateway, "old.example", BothVersions);
        await using var later = await ConnectAsync(gateway, "new.example", BothVersions);

        Assert.Equal((SslProtocols.Tls12, SslApplicationProtocol.Http2), (old.Version, old.Protocol));
        Assert.Equal((SslProtocols.Tls13, SslApplicationProtocol.Http11), (later.Version, later.Protocol));
    }

    [Theory]
    [InlineData("RequireCertificate", false, false)]
    [InlineData("RequireCertificate", true, false)] // nobody trusts it
    [InlineData("AllowCertificate", false, true)]
    [InlineData("NoCertificate", false, true)]
    [InlineData("DelayCertificate", false, true)]
    public async Task ClientCertificate_ByMode_IsAskedFor(string mode, bool hasCertificate, bool isServed)
    {
        _files.Write("site", "site");
        var gateway = await StartTlsAsync([.. _files.Options(Endpoint + "Certificate", "site"), $"--{Endpoint}ClientCertificateMode={mode}"]);

        async Task<string> AskAsync()
        {
            await using var client = await ConnectAsync(gateway, configure: options =>
            {
                if (hasCertificate)
                {
                    options.ClientCertificates = [_files.Issue("client")];
                }
            });
            return await client.AskAsync("/", Cancel);
        }

        if (isServed)
        {
            Assert.StartsWith("HTTP/1.1 200", await AskAsync(), StringComparison.Ordinal);
        }
        else
        {
            var answer = "";
            await Record.ExceptionAsync(async () => answer = await AskAsync()); // the handshake fails, or with TLS 1.3 the first read
            Assert.Equal("", answer);
        }
    }

    [Fact]
    public async Task DefaultCertificate_OfUrls_IsRenewedWithItsChain()
    {
        _files.Write("site", "first");
        var gateway = await StartAsync(null, ["--urls=https://127.0.0.1:0", .. _files.Options("Kestrel:Certificates:Default", "site")]);
        await SubjectIsAsync(gateway, "hub.example", "CN=first");

        var second = _files.Write("site", "second");

        await ShowsAsync(gateway, second);
        await using var client = await ConnectAsync(gateway);
        Assert.Contains(_files.IntermediateThumbprint, client.Chain);
    }

    [Theory]
    [InlineData("pfx")]
    [InlineData("encrypted")]
    [InlineData("one-file")]
    [InlineData("der")]
    public async Task Files_OfEveryKind_AreRead(string kind)
    {
        var certificate = _files.Issue("kinds");
        var (file, key) = (_files.PathOf("file"), _files.PathOf("key"));
        string[] options = [$"--{Endpoint}Certificate:Path={file}"];
        switch (kind)
        {
            case "pfx":
                File.WriteAllBytes(file, certificate.Export(X509ContentType.Pkcs12, "secret"));
                options = [.. options, $"--{Endpoint}Certificate:Password=secret"];
                break;
            case "encrypted":
                File.WriteAllText(file, _files.FullChain(certificate));
                File.WriteAllText(key, certificate.GetECDsaPrivateKey()!.ExportEncryptedPkcs8PrivateKeyPem(
                    "secret", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)));
                options = [.. options, $"--{Endpoint}Certificate:KeyPath={key}", $"--{Endpoint}Certificate:Password=secret"];
                break;
            case "one-file":
                File.WriteAllText(file, CertificateFolder.Key(certificate) + _files.FullChain(certificate));
                break;
            default:
                File.WriteAllBytes(file, certificate.RawData);
                File.WriteAllText(key, CertificateFolder.Key(certificate));
                options = [.. options, $"--{Endpoint}Certificate:KeyPath={key}"];
                break;
        }

        var gateway = await StartTlsAsync(options);

        await SubjectIsAsync(gateway, "hub.example", "CN=kinds");
    }

    [Fact]
    public async Task Start_CertificatesThatCannotBeUsed_NamesAllOfThem()
    {
        _files.Write("good", "good");
        File.WriteAllText(_files.PathOf("half.pem"), File.ReadAllText(_files.PathOf("good.pem"))[..100]);
        File.WriteAllBytes(_files.PathOf("site.pfx"), _files.Issue("pfx").Export(X509ContentType.Pkcs12, "secret"));

        var error = await Assert.ThrowsAsync<GatewayConfigurationException>(() => StartTlsAsync(
            $"--{Endpoint}Certificate:Path={_files.PathOf("none.pem")}", $"--{Endpoint}Certificate:KeyPath={_files.PathOf("good.key")}",
            $"--{Endpoint}Sni:half.example:Certificate:Path={_files.PathOf("half.pem")}",
            $"--{Endpoint}Sni:half.example:Certificate:KeyPath={_files.PathOf("good.key")}",
            $"--{Endpoint}Sni:nokey.example:Certificate:Path={_files.PathOf("good.pem")}",
            $"--{Endpoint}Sni:pfx.example:Certificate:Path={_files.PathOf("site.pfx")}", $"--{Endpoint}Sni:pfx.example:Certificate:Password=wrong-secret"));

        Assert.Equal(
            ["Certificate", "Sni:half.example:Certificate", "Sni:nokey.example:Certificate", "Sni:pfx.example:Certificate"],
            error.Problems.Select(static problem => problem.Key[Endpoint.Length..]).Order(StringComparer.Ordinal));
        Assert.Contains("none.pem', which does not exist", error.Message, StringComparison.Ordinal);
        Assert.Contains("the password may be wrong", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong-secret", error.Message, StringComparison.Ordinal);
    }

    private static int Unusable(TestGateway gateway) => gateway.Log.Entries.Count(static entry => entry.Event.Name == "CertificateUnusable");

    private static Task<TlsClient> ConnectAsync(TestGateway gateway, string name = "hub.example", Action<SslClientAuthenticationOptions>? configure = null) =>
        TlsClient.OpenAsync(gateway.Url, name, Cancel, configure);

    private static Task ShowsAsync(TestGateway gateway, X509Certificate2 certificate) => Eventually.HoldsAsync(async () =>
    {
        await using var client = await ConnectAsync(gateway);
        return client.Thumbprint == certificate.Thumbprint;
    });

    private static Task SubjectIsAsync(TestGateway gateway, string name, string subject) => Eventually.HoldsAsync(async () =>
    {
        await using var client = await ConnectAsync(gateway, name);
        return client.Subject == subject;
    });

    private Task<TestGateway> StartTlsAsync(params string[] options) => StartTlsAsync(null, options);

    private Task<TestGateway> StartTlsAsync(ReloadedSettings? settings, params string[] options) =>
        StartAsync(settings, [$"--{Endpoint}Url=https://127.0.0.1:0", .. options]);

    private Task<TestGateway> StartAsync(ReloadedSettings? settings, string[] options)
    {
        var node = StartScripted("a");
        return StartGatewayAsync([(node.Name, node.Url)], builder => settings?.AddTo(builder), ["--Gateway:Health:Probe=none", .. options]);
    }
}
