using System.Buffers;
using System.Text;
using Proxy.Configuration;

namespace Proxy.Listeners.Certificates;

/// <summary>What the files of a certificate held at one moment.</summary>
/// <param name="File">The file of the certificate.</param>
/// <param name="Key">The file of the private key, if that is another.</param>
/// <param name="Problem">Why one of them could not be read.</param>
internal sealed record CertificateContent(byte[]? File, byte[]? Key, string? Problem)
{
    private static readonly SearchValues<string> PemBegin = SearchValues.Create(["-----BEGIN "], StringComparison.Ordinal);

    /// <summary>Reads the files. A certificate of a store has none, and is read when it is loaded.</summary>
    public static CertificateContent Read(CertificateOptions source, string folder)
    {
        if (source.Path is not { Length: > 0 } path)
        {
            return new CertificateContent(null, null, null);
        }

        var (file, problem) = ReadFile(Path.Combine(folder, path), nameof(source.Path));
        if (problem is not null || source.KeyPath is not { Length: > 0 } keyPath)
        {
            return new CertificateContent(file, null, problem);
        }

        var (key, keyProblem) = ReadFile(Path.Combine(folder, keyPath), nameof(source.KeyPath));
        return new CertificateContent(file, key, keyProblem);
    }

    /// <summary>By content, because neither times nor names show every replacement: a link that is swapped changes neither.</summary>
    public bool IsSame(CertificateContent other) => string.Equals(Problem, other.Problem, StringComparison.Ordinal)
        && (File is null) == (other.File is null) && File.AsSpan().SequenceEqual(other.File) && Key.AsSpan().SequenceEqual(other.Key);

    /// <summary>The text of a PEM file; <see langword="null"/> when it is none.</summary>
    public static string? Pem(byte[] content) => Encoding.UTF8.GetString(content) is var text && text.AsSpan().ContainsAny(PemBegin) ? text : null;

    private static (byte[]? Content, string? Problem) ReadFile(string path, string name)
    {
        try
        {
            return (System.IO.File.ReadAllBytes(path), null);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return (null, $"{name} is {Quoted.Value(path)}, which does not exist");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return (null, $"{name} is {Quoted.Value(path)}, which cannot be read: {exception.Message.TrimEnd('.')}");
        }
    }
}
