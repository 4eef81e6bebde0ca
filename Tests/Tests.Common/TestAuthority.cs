using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Tests.Common;

/// <summary>A certificate authority of a test: its root, and what it issues. Certificates live as long as it does, since servers go on using them.</summary>
public sealed class TestAuthority : IDisposable
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private readonly X509Certificate2 _root;
    private readonly ConcurrentBag<X509Certificate2> _issued = [];

    public TestAuthority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(X509BasicConstraintsExtension.CreateForCertificateAuthority());
        var now = TimeProvider.System.GetUtcNow();
        _root = request.CreateSelfSigned(now.AddYears(-3), now.AddYears(1));
    }

    /// <summary>The root as a file has it.</summary>
    public string Pem => _root.ExportCertificatePem();

    /// <summary>A certificate for names and addresses, with its key.</summary>
    public X509Certificate2 Issue(params string[] names)
    {
        var now = TimeProvider.System.GetUtcNow();
        return Issue(now.AddDays(-1), now.AddDays(30), ServerAuthentication, names);
    }

    /// <summary>A certificate that was valid for a day, two years ago.</summary>
    public X509Certificate2 IssueExpired(params string[] names)
    {
        var then = TimeProvider.System.GetUtcNow().AddYears(-2);
        return Issue(then, then.AddDays(1), ServerAuthentication, names);
    }

    /// <summary>A certificate that will be valid tomorrow.</summary>
    public X509Certificate2 IssueEarly(params string[] names)
    {
        var tomorrow = TimeProvider.System.GetUtcNow().AddDays(1);
        return Issue(tomorrow, tomorrow.AddDays(1), ServerAuthentication, names);
    }

    /// <summary>A certificate by which a client shows who it is.</summary>
    public X509Certificate2 IssueForClient(string name)
    {
        var now = TimeProvider.System.GetUtcNow();
        return Issue(now.AddDays(-1), now.AddDays(30), ClientAuthentication, name);
    }

    /// <summary>A certificate that nobody has issued.</summary>
    public X509Certificate2 SelfSigned(params string[] names)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = Request(key, ServerAuthentication, names).CreateSelfSigned(now.AddDays(-1), now.AddDays(30));
        return Keep(certificate);
    }

    /// <summary>The pin of a certificate, as <c>openssl</c> and curl write it.</summary>
    public static string PinOf(X509Certificate2 certificate) =>
        Convert.ToBase64String(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));

    /// <summary>The key of a certificate as a file has it.</summary>
    public static string KeyPemOf(X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey()!;
        return key.ExportPkcs8PrivateKeyPem();
    }

    public void Dispose()
    {
        _root.Dispose();
        foreach (var certificate in _issued)
        {
            certificate.Dispose();
        }
    }

    private X509Certificate2 Issue(DateTimeOffset from, DateTimeOffset to, string usage, params string[] names)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = Request(key, usage, names).Create(_root, from, to, RandomNumberGenerator.GetBytes(8));
        using var withKey = certificate.CopyWithPrivateKey(key);
        return Keep(withKey);
    }

    private static CertificateRequest Request(ECDsa key, string usage, string[] names)
    {
        var request = new CertificateRequest($"CN={names[0]}", key, HashAlgorithmName.SHA256);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address))
            {
                alternatives.AddIpAddress(address);
            }
            else
            {
                alternatives.AddDnsName(name);
            }
        }

        request.CertificateExtensions.Add(alternatives.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        return request;
    }

    // The TLS of Windows cannot use a key that lives in memory only.
    private X509Certificate2 Keep(X509Certificate2 certificate)
    {
        var stored = X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null, X509KeyStorageFlags.Exportable);
        _issued.Add(stored);
        return stored;
    }
}
