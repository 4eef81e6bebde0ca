using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Tests.Common;

/// <summary>Certificates for 127.0.0.1 and some names, in files as an operator has them: each is signed by an intermediate authority.</summary>
public sealed class CertificateFolder : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("certificates-");
    private readonly X509Certificate2 _root;
    private readonly X509Certificate2 _intermediate;

    public CertificateFolder()
    {
        _root = Sign("CN=root", issuer: null, isAuthority: true);
        _intermediate = Sign("CN=intermediate", _root, isAuthority: true);
    }

    public string Path => _folder.FullName;

    /// <summary>The certificate of the intermediate authority, which a client does not know.</summary>
    public string IntermediateThumbprint => _intermediate.Thumbprint;

    public string PathOf(string file) => System.IO.Path.Combine(Path, file);

    /// <summary>A new certificate with its key, in memory.</summary>
    public X509Certificate2 Issue(string name, params string[] hosts) => Sign("CN=" + name, _intermediate, isAuthority: false, hosts);

    /// <summary>The certificate and that of its issuer.</summary>
    public string FullChain(X509Certificate2 certificate) => certificate.ExportCertificatePem() + "\n" + _intermediate.ExportCertificatePem() + "\n";

    public static string Key(X509Certificate2 certificate) => certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem() + "\n";

    /// <summary>Writes <c>{file}.pem</c> and <c>{file}.key</c>.</summary>
    public X509Certificate2 Write(string file, string name, params string[] hosts)
    {
        var certificate = Issue(name, hosts);
        File.WriteAllText(PathOf(file + ".key"), Key(certificate));
        File.WriteAllText(PathOf(file + ".pem"), FullChain(certificate));
        return certificate;
    }

    /// <summary>The command line that names the files of <see cref="Write"/>.</summary>
    public string[] Options(string key, string file) => [$"--{key}:Path={PathOf(file + ".pem")}", $"--{key}:KeyPath={PathOf(file + ".key")}"];

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        _root.Dispose();
        _intermediate.Dispose();
        return ValueTask.CompletedTask;
    }

    private static X509Certificate2 Sign(string subject, X509Certificate2? issuer, bool isAuthority, params string[] hosts)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(isAuthority, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        if (hosts.Length > 0)
        {
            var names = new SubjectAlternativeNameBuilder();
            foreach (var host in hosts)
            {
                names.AddDnsName(host);
            }

            request.CertificateExtensions.Add(names.Build());
        }

        var now = TimeProvider.System.GetUtcNow();
        if (issuer is null)
        {
            return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(2));
        }

        using var certificate = request.Create(issuer, now.AddHours(-1), now.AddHours(isAuthority ? 24 : 12), RandomNumberGenerator.GetBytes(8));
        return certificate.CopyWithPrivateKey(key);
    }
}
