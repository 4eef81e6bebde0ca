using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Proxy.Configuration;

/// <summary>Texts of PEM (RFC 7468).</summary>
internal static class PemText
{
    public const string EncryptedKey = "ENCRYPTED PRIVATE KEY";

    private const string KeySuffix = "PRIVATE KEY";

    private static ReadOnlySpan<byte> BeginCertificate => "-----BEGIN CERTIFICATE-----"u8;

    public static bool IsPem(ReadOnlySpan<byte> content) => content.IndexOf("-----BEGIN "u8) >= 0;

    public static string Of(ReadOnlySpan<byte> content) => Encoding.UTF8.GetString(content);

    /// <summary>Reads every certificate.</summary>
    /// <returns>Why that cannot be done, as the end of the sentence "a file that …".</returns>
    public static string? ReadCertificates(ReadOnlySpan<byte> content, X509Certificate2Collection into)
    {
        try
        {
            into.ImportFromPem(Of(content));
        }
        catch (CryptographicException)
        {
            return "holds a certificate that cannot be read";
        }

        // Files that were put one behind the other without a line end between them lose all but the first.
        var expected = content.Count(BeginCertificate);
        return into.Count < expected ? $"has {expected} certificates of which only {into.Count} can be read; each begins in a line of its own"
            : into.Count > 0 ? null
            : IsPem(content) ? "holds no certificate"
            : "is not PEM (-----BEGIN CERTIFICATE-----)";
    }

    /// <summary>The label of the first private key, or <see langword="null"/>.</summary>
    public static string? KeyLabel(ReadOnlySpan<char> text)
    {
        while (PemEncoding.TryFind(text, out var fields))
        {
            if (text[fields.Label] is var label && label.EndsWith(KeySuffix, StringComparison.Ordinal))
            {
                return label.ToString();
            }

            text = text[fields.Location.End..];
        }

        return null;
    }
}
