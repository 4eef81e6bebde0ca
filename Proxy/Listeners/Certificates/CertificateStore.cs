using Proxy.Configuration;

namespace Proxy.Listeners.Certificates;

/// <summary>The certificates of the configuration by key, which are looked at once a second.</summary>
/// <remarks>
/// Reading is robust where watching is not: certbot replaces links, and Kubernetes swaps the directory that they lead into. Handshakes under way keep what
/// they began with, so an old certificate is left to the garbage collector.
/// </remarks>
internal sealed partial class CertificateStore : IDisposable
{
    /// <summary>Time between two looks; reading two small files costs some microseconds.</summary>
    public static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly string _folder;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private Dictionary<string, WatchedCertificate> _watched = new(StringComparer.OrdinalIgnoreCase);
    private volatile CertificateStatus[] _status = [];

    public CertificateStore(IHostEnvironment environment, TimeProvider time, ILogger<CertificateStore> logger)
    {
        (_folder, _time, _logger) = (environment.ContentRootPath, time, logger);
        _timer = time.CreateTimer(static store => ((CertificateStore)store!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Each certificate of the configuration, and why its files are not in use if they are not.</summary>
    public IReadOnlyList<CertificateStatus> Status => _status;

    /// <summary>Takes the certificates that a configuration names; what is no longer named is forgotten.</summary>
    /// <param name="sources">By key.</param>
    /// <returns>By key. One that cannot be loaded has what its key had before, if anything, and is logged as unusable.</returns>
    public IReadOnlyDictionary<string, WatchedCertificate> Take(IReadOnlyDictionary<string, CertificateOptions> sources)
    {
        lock (_gate)
        {
            var watched = new Dictionary<string, WatchedCertificate>(StringComparer.OrdinalIgnoreCase);
            foreach (var (key, source) in sources)
            {
                watched[key] = _watched.GetValueOrDefault(key) is { } known && known.Is(source) ? known : Load(key, source);
            }

            _watched = watched;
            Publish();
            return watched;
        }
    }

    /// <summary>Begins to look.</summary>
    public void Start() => _timer.Change(CheckInterval, Timeout.InfiniteTimeSpan);

    public void Dispose() => _timer.Dispose();

    private WatchedCertificate Load(string key, CertificateOptions source)
    {
        var before = _watched.GetValueOrDefault(key)?.Current;
        var certificate = new WatchedCertificate(key, source, _folder, _time);
        certificate.Load(before);
        return certificate;
    }

    private void Look()
    {
        lock (_gate)
        {
            var changed = false;
            foreach (var certificate in _watched.Values)
            {
                changed |= Look(certificate) is not CertificateChange.None;
            }

            if (changed)
            {
                Publish();
            }
        }

        _timer.Change(CheckInterval, Timeout.InfiniteTimeSpan);
    }

    private CertificateChange Look(WatchedCertificate certificate)
    {
        try
        {
            var change = certificate.Look();
            if (change is CertificateChange.Renewed)
            {
                var leaf = certificate.Current!.Leaf;
                Log.Renewed(_logger, certificate.Key, leaf.Subject, leaf.Thumbprint, leaf.NotAfter.ToUniversalTime());
            }
            else if (change is CertificateChange.Unusable)
            {
                Report(certificate);
            }

            return change;
        }
        catch (Exception exception) // On a timer an exception would end the process.
        {
            Log.LookFailed(_logger, exception, certificate.Key);
            return CertificateChange.None;
        }
    }

    /// <summary>Logs why a certificate cannot be used.</summary>
    public void Report(WatchedCertificate certificate) => Log.Unusable(
        _logger, certificate.Key, certificate.Problem, certificate.Current is null ? "there is none to use instead" : "the one before stays in use");

    private void Publish() => _status =
    [
        .. _watched.Values.OrderBy(static certificate => certificate.Key, StringComparer.Ordinal).Select(static certificate =>
            new CertificateStatus(
                certificate.Key, certificate.Current?.Leaf.Subject, certificate.Current?.Leaf.NotAfter.ToUniversalTime(), certificate.Problem)),
    ];
}
