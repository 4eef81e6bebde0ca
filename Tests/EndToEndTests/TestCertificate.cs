using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace EndToEndTests;

/// <summary>A self-signed certificate for 127.0.0.1 and localhost, in files as an operator would have it.</summary>
internal sealed class TestCertificate : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("certificate-");

    private readonly string _thumbprint;

    public TestCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=gateway under test", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(X509BasicConstraintsExtension.CreateForCertificateAuthority());
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddMinutes(-5), now.AddHours(1));
        _thumbprint = certificate.Thumbprint;
        File.WriteAllText(CertificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(KeyFile, key.ExportPkcs8PrivateKeyPem());
    }

    public string CertificateFile => Path.Combine(_folder.FullName, "certificate.pem");

    /// <summary>The command line that makes Kestrel listen with it, on a port that the system chooses.</summary>
    public string[] KestrelOptions =>
    [
        "--Kestrel:Endpoints:Https:Url=https://127.0.0.1:0",
        $"--Kestrel:Endpoints:Https:Certificate:Path={CertificateFile}",
        $"--Kestrel:Endpoints:Https:Certificate:KeyPath={KeyFile}",
    ];

    private string KeyFile => Path.Combine(_folder.FullName, "key.pem");

    /// <summary>Trusts this certificate and no other.</summary>
    public bool IsPresentedBy(object peer, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
        => certificate is X509Certificate2 { Thumbprint: var presented } && string.Equals(presented, _thumbprint, StringComparison.Ordinal);

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }
}
