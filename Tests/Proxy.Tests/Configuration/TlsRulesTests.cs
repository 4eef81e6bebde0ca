using Microsoft.Extensions.Configuration;
using Proxy.Configuration;
using Tests.Common;
using Xunit;
using Yarp.ReverseProxy.Configuration;

namespace Proxy.Tests.Configuration;

/// <summary>What is said about TLS to the nodes when it is read, with real files.</summary>
public sealed class TlsRulesTests : IDisposable
{
    private const string Pin = "9SLklscvzMYj8f+52lp5ze/hY0CFHyLSPQzSpYYIBm8=";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tls-rules-");
    private readonly TestAuthority _authority = new("Test authority");

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("ServerName=https://a", "is 'https://a' but must be a host name or an IP address, without scheme, port and wildcard")]
    [InlineData("ServerName=a:443", "is 'a:443' but must be")]
    [InlineData("ServerName=*.example", "is '*.example' but must be")]
    [InlineData("AllowUntrusted=1", "is '1' but must be true or false")]
    [InlineData("CertificateAuthority=/missing/ca.pem", "is '/missing/ca.pem', a file that does not exist; no connection to the node could be checked.")]
    [InlineData("CertificateAuthority=/", "is '/', a file that cannot be read (")]
    [InlineData("ClientCertificate:Path=/missing/client.pem", "is '/missing/client.pem', a file that does not exist; the gateway could show no certificate")]
    [InlineData("ClientCertificate:KeyPath=/k.pem", "is given but Gateway:Nodes:a:Tls:ClientCertificate:Path is not; no certificate would be shown.")]
    [InlineData("Pin=x", "is not a known key and would have no effect; the nearest known key is Gateway:Nodes:a:Tls:Pins.")]
    public void Option_ThatCannotBe_IsAnErrorThatSaysWhy(string option, string message)
    {
        var error = Settings.SingleError(Node(option));

        Assert.StartsWith($"Gateway:Nodes:a:Tls:{option.Split('=')[0]} ", error, StringComparison.Ordinal);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AAAA", "it has 3 bytes, and no certificate would have it")]
    [InlineData(Pin + "AAAA", "it is no base64")]
    [InlineData("9SLklscvzMYj8f+52lp5ze/hY0CFHyLSPQzSpYYI", "it has 30 bytes")]
    [InlineData("f522e496c72fccc623f1ffb9da5a79cdefe16340851f22d23d0cd2a58608066f", "it has 48 bytes")]
    [InlineData("sha1/AAAA", "it is no base64|it has 6 bytes")]
    public void Pin_ThatIsNone_IsAnError(string pin, string message) =>
        Assert.Matches($"^Gateway:Nodes:a:Tls:Pins:0 is '.*' but must be a SHA-256 in base64, 32 bytes in 44 characters; ({message})",
            Settings.SingleError(Node($"Pins:0={pin}")));

    [Theory]
    [InlineData(Pin)]
    [InlineData("sha256//" + Pin)]
    [InlineData(" sha256/" + Pin + " ")]
    public void Pin_InAnyForm_IsRead(string pin)
    {
        var node = Settings.Accepted(Node($"Pins:0={pin}")).Nodes["a"];

        Assert.Equal(Pin, TlsSettings.Of(node.Tls, new TlsOptions(), acceptsAny: false).Pins);
    }

    [Fact]
    public void Mistakes_Several_AreReportedAtOnce()
    {
        var errors = Settings.Read(Settings.Of(
            "Gateway:Nodes:a:Address=http://a", "Gateway:Nodes:a:Tls:ServerName=b",
            "Gateway:Nodes:b:Address=https://b", "Gateway:Nodes:b:Tls:AllowUntrusted=true",
            $"Gateway:Nodes:b:Tls:Pins:0={Pin}", "Gateway:NodeTls:CertificateAuthority=/missing.pem", "Gateway:NodeTls:Pins:0=x")).Errors;

        Assert.Equal(
            ["Gateway:NodeTls:CertificateAuthority", "Gateway:NodeTls:Pins:0", "Gateway:Nodes:a:Tls", "Gateway:Nodes:b:Tls:AllowUntrusted"],
            errors.Select(error => error.Key).Order(StringComparer.Ordinal));
        Assert.Contains(errors, static error => error.Message.Contains("the node's address is 'http://a', where no TLS is spoken", StringComparison.Ordinal));
        Assert.Contains(errors, static error => error.Message.Contains("is 'true' but Gateway:Nodes:b:Tls:Pins is given", StringComparison.Ordinal));
    }

    [Fact]
    public void Untrusted_Allowed_IsAWarning()
    {
        var reading = Settings.Read(Node("AllowUntrusted=true"));

        Assert.Empty(reading.Errors);
        Assert.Equal(
            "Gateway:Nodes:a:Tls:AllowUntrusted is 'true', so whoever can answer at the node's address can read and change everything that is sent there.",
            Assert.Single(reading.Warnings));
    }

    [Fact]
    public void Default_WithoutAnHttpsNode_IsAWarning() => Assert.Equal(
        "Gateway:NodeTls is given but no node has an https address, so it has no effect.",
        Assert.Single(Settings.Read(Settings.WithNode("Gateway:NodeTls:ServerName=a")).Warnings));

    [Theory]
    [InlineData("", "is not PEM (-----BEGIN CERTIFICATE-----)")]
    [InlineData("KEY", "a file that holds no certificate")]
    [InlineData("LEAF", "a file without a self-signed certificate; a chain of certificates ends with one")]
    [InlineData("ROOTROOT", "has 2 certificates of which only ")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "holds a certificate that cannot be read")]
    public void AuthorityFile_ThatIsNone_IsAnError(string content, string message)
    {
        var leaf = _authority.Issue("a");
        var text = content.Replace("ROOT", _authority.Pem, StringComparison.Ordinal).Replace("LEAF", leaf.ExportCertificatePem(), StringComparison.Ordinal)
            .Replace("KEY", TestAuthority.KeyPemOf(leaf), StringComparison.Ordinal);

        Assert.Contains(message, Settings.SingleError(Node($"CertificateAuthority={Write("ca.pem", text)}")), StringComparison.Ordinal);
    }

    [Fact]
    public void ClientKey_OfAnotherCertificate_IsAnError()
    {
        var certificate = Write("client.pem", _authority.IssueForClient("gateway").ExportCertificatePem());
        var key = Write("other.key", TestAuthority.KeyPemOf(_authority.IssueForClient("other")));

        var error = Settings.SingleError(Node($"ClientCertificate:Path={certificate}", $"ClientCertificate:KeyPath={key}"));

        Assert.StartsWith("Gateway:Nodes:a:Tls:ClientCertificate:KeyPath is '", error, StringComparison.Ordinal);
        Assert.Contains("does not fit the certificate", error, StringComparison.Ordinal);
    }

    [Fact]
    public void ClientKey_Missing_IsAnError() => Assert.Contains("a file without a private key in PEM while KeyPath is not set",
        Settings.SingleError(Node($"ClientCertificate:Path={Write("client.pem", _authority.IssueForClient("gateway").ExportCertificatePem())}")),
        StringComparison.Ordinal);

    [Theory]
    [InlineData("wrong", "Gateway:Nodes:a:Tls:ClientCertificate:Password (not shown) does not open the key in")]
    [InlineData("", "Gateway:Nodes:a:Tls:ClientCertificate:KeyPath is '.*', a file with an encrypted key, and Password is not set")]
    public void ClientKey_WithoutItsPassword_IsAnErrorThatDoesNotShowIt(string password, string message)
    {
        var client = _authority.IssueForClient("gateway");
        using var key = System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions.GetECDsaPrivateKey(client)!;
        var parameters = new System.Security.Cryptography.PbeParameters(
            System.Security.Cryptography.PbeEncryptionAlgorithm.Aes256Cbc, System.Security.Cryptography.HashAlgorithmName.SHA256, 1000);

        var error = Settings.SingleError(Node(
            $"ClientCertificate:Path={Write("client.pem", client.ExportCertificatePem())}",
            $"ClientCertificate:KeyPath={Write("client.key", key.ExportEncryptedPkcs8PrivateKeyPem("right", parameters))}",
            $"ClientCertificate:Password={password}"));

        Assert.Matches(message.Replace("(not shown)", "\\(not shown\\)", StringComparison.Ordinal), error);
        Assert.DoesNotContain("wrong", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Pkcs12_WithoutItsPassword_IsAnErrorThatDoesNotShowIt()
    {
        var file = Path.Combine(_folder.FullName, "client.pfx");
        File.WriteAllBytes(
            file, _authority.IssueForClient("gateway").Export(System.Security.Cryptography.X509Certificates.X509ContentType.Pkcs12, "right"));

        var error = Settings.SingleError(Node($"ClientCertificate:Path={file}", "ClientCertificate:Password=hunter2"));

        Assert.Contains("neither PEM nor PKCS#12 that the Password opens", error, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_OfANode_AreJoinedInThreeParts()
    {
        var fallback = new TlsOptions
        {
            ServerName = "default",
            CertificateAuthority = "/ca.pem",
            ClientCertificate = new ClientCertificateOptions { Path = "/client.pem", KeyPath = "/client.key", Password = "x" },
        };

        var name = TlsSettings.Of(new TlsOptions { ServerName = "own" }, fallback, acceptsAny: false);
        var trust = TlsSettings.Of(new TlsOptions { Pins = [Pin] }, fallback, acceptsAny: true);
        var system = TlsSettings.Of(new TlsOptions { AllowUntrusted = false }, fallback, acceptsAny: true);
        var any = TlsSettings.Of(new TlsOptions(), fallback, acceptsAny: true);
        var shown = TlsSettings.Of(new TlsOptions { ClientCertificate = new ClientCertificateOptions { Path = "/own.pfx" } }, fallback, acceptsAny: false);

        Assert.Equal(("own", "/ca.pem", "/client.key"), (name.ServerName, name.CertificateAuthority, name.ClientKey));
        Assert.Equal(("default", null, Pin, false), (trust.ServerName, trust.CertificateAuthority, trust.Pins, trust.AllowUntrusted));
        Assert.Equal((null, false), (system.CertificateAuthority, system.AllowUntrusted));
        Assert.Equal((null, true), (any.CertificateAuthority, any.AllowUntrusted));
        Assert.Equal(("/own.pfx", null, null), (shown.ClientCertificate, shown.ClientKey, shown.ClientPassword));
        Assert.Equal(TlsSettings.Default, TlsSettings.Of(new TlsOptions(), new TlsOptions(), acceptsAny: false));
        Assert.DoesNotContain("x.", name.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Metadata_OfADestination_CarriesTlsBothWays()
    {
        var node = new NodeOptions
        {
            Address = "https://a",
            Tls = new TlsOptions
            {
                ServerName = "b",
                Pins = [Pin, "sha256//" + Pin],
                AllowUntrusted = false,
                ClientCertificate = new ClientCertificateOptions { Path = "/c.pem", KeyPath = "/c.key", Password = "p" },
            },
        };

        var read = NodeMetadata.Read(new DestinationConfig { Address = node.Address, Metadata = NodeMetadata.Write(node) }, out var errors);

        Assert.Empty(errors);
        Assert.Equivalent(node, read, strict: true);
    }

    [Theory]
    [InlineData("Metadata:Tls.Pin=x",
        "ReverseProxy:Clusters:hubs:Destinations:a:Metadata:Tls.Pin is not a property of a node and would have no effect; the nearest is Tls.Pins.")]
    [InlineData("Metadata:Tls.ClientCertificate.KeyPath=x", "ReverseProxy:Clusters:hubs:Destinations:a:Metadata:Tls.ClientCertificate.KeyPath is given but "
        + "ReverseProxy:Clusters:hubs:Destinations:a:Metadata:Tls.ClientCertificate.Path is not; no certificate would be shown.")]
    [InlineData("Metadata:Tls.CertificateAuthority=/missing.pem",
        "ReverseProxy:Clusters:hubs:Destinations:a:Metadata:Tls.CertificateAuthority is '/missing.pem', a file that "
        + "does not exist; no connection to the node could be checked.")]
    public void Metadata_ThatCannotBe_IsAnErrorUnderItsOwnName(string setting, string message) => Assert.Equal(message, Settings.SingleError(Settings.Of(
        "ReverseProxy:Routes:all:ClusterId=hubs", "ReverseProxy:Routes:all:Match:Path={**all}", "ReverseProxy:Clusters:hubs:SessionAffinity:Enabled=true",
        "ReverseProxy:Clusters:hubs:SessionAffinity:Policy=SignalR", "ReverseProxy:Clusters:hubs:SessionAffinity:AffinityKeyName=k",
        "ReverseProxy:Clusters:hubs:Destinations:a:Address=https://a", $"ReverseProxy:Clusters:hubs:Destinations:a:{setting}")));

    private static IConfigurationRoot Node(params string[] options) =>
        Settings.Of(["Gateway:Nodes:a:Address=https://a", .. options.Select(option => $"Gateway:Nodes:a:Tls:{option}")]);

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }
}
