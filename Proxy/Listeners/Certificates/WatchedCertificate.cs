using Proxy.Configuration;

namespace Proxy.Listeners.Certificates;

/// <summary>A certificate of the configuration, and what its files have become since. The last usable one stays in use.</summary>
/// <remarks>
/// A change counts once two looks in a row saw the same, so that half a file is not read. Certificate and key are two files that change one after the other:
/// what cannot be used is reported only when it has stood for <see cref="Patience"/>. All but <see cref="Current"/> is called by one thread at a time.
/// </remarks>
/// <param name="key">The configuration's key, for messages.</param>
/// <param name="source">Where it is.</param>
/// <param name="folder">Where relative paths begin.</param>
/// <param name="time">The clock.</param>
internal sealed class WatchedCertificate(string key, CertificateOptions source, string folder, TimeProvider time)
{
    /// <summary>How long an unusable pair of files may be one that is still being written.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private volatile ServerCertificate? _current;
    private CertificateContent? _applied;
    private CertificateContent? _seen;
    private CertificateContent? _judged;
    private string? _verdict;
    private long _seenAt;

    public string Key => key;

    /// <summary>What handshakes use; <see langword="null"/> when there has been no usable one yet.</summary>
    public ServerCertificate? Current => _current;

    /// <summary>Why the files are not what is in use; <see langword="null"/> when they are.</summary>
    public string? Problem { get; private set; }

    /// <summary>Whether another entry of the configuration means the same certificate.</summary>
    public bool Is(CertificateOptions other) =>
        (source.Path, source.KeyPath, source.Password, source.Subject, source.Store, source.Location, source.AllowInvalid)
            == (other.Path, other.KeyPath, other.Password, other.Subject, other.Store, other.Location, other.AllowInvalid);

    /// <summary>Loads it for the first time.</summary>
    /// <param name="before">What is used if it cannot be loaded.</param>
    public void Load(ServerCertificate? before)
    {
        _seen = _judged = CertificateContent.Read(source, folder);
        var (certificate, problem) = CertificateLoader.Load(source, _seen);
        _current = certificate ?? before;
        (_applied, Problem, _verdict) = (certificate is null ? null : _seen, problem, problem);
    }

    /// <summary>Looks at the files.</summary>
    /// <returns>What is to be told.</returns>
    public CertificateChange Look()
    {
        if (source.Path is not { Length: > 0 })
        {
            return CertificateChange.None;
        }

        var content = CertificateContent.Read(source, folder);
        if (_applied is not null && content.IsSame(_applied))
        {
            _seen = _judged = content;
            return Recover();
        }

        if (!content.IsSame(_seen!))
        {
            (_seen, _seenAt) = (content, time.GetTimestamp());
            return CertificateChange.None;
        }

        if (!content.IsSame(_judged!))
        {
            _judged = content;
            (var certificate, _verdict) = CertificateLoader.Load(source, content);
            if (certificate is not null)
            {
                (_current, _applied, Problem) = (certificate, content, null);
                return CertificateChange.Renewed;
            }
        }

        if (_verdict is null || string.Equals(_verdict, Problem, StringComparison.Ordinal) || time.GetElapsedTime(_seenAt) < Patience)
        {
            return CertificateChange.None;
        }

        Problem = _verdict;
        return CertificateChange.Unusable;
    }

    private CertificateChange Recover()
    {
        if (Problem is null)
        {
            return CertificateChange.None;
        }

        Problem = null;
        return CertificateChange.Renewed;
    }
}
