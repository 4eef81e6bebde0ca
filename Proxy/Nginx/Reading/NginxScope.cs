using Proxy.Nginx.Model;

namespace Proxy.Nginx.Reading;

/// <summary>What a block sets for itself and the blocks inside of it. A list that is given replaces the whole list from outside, as in nginx.</summary>
/// <param name="parent">The block around it.</param>
internal sealed class NginxScope(NginxScope? parent)
{
    private static readonly Dictionary<string, string> NginxTypes = new(StringComparer.Ordinal)
    {
        ["html"] = "text/html",
        ["gif"] = "image/gif",
        ["jpg"] = "image/jpeg",
    };

    public List<NginxField>? OwnFields { get; set; }

    public List<NginxField>? OwnAddedFields { get; set; }

    public List<string>? OwnHidden { get; set; }

    public Dictionary<string, string>? OwnTypes { get; set; }

    public string? OwnDefaultType { get; set; }

    public string? OwnHttpVersion { get; set; }

    public TimeSpan? OwnReadTimeout { get; set; }

    public TimeSpan? OwnConnectTimeout { get; set; }

    public TimeSpan? OwnKeepAlive { get; set; }

    /// <summary>In bytes; 0: any.</summary>
    public long? OwnMaxBody { get; set; }

    public bool? OwnRedirects { get; set; }

    public bool? OwnHttp2 { get; set; }

    public string? OwnCertificate { get; set; }

    public string? OwnKey { get; set; }

    public IReadOnlyList<string>? OwnTlsVersions { get; set; }

    public IReadOnlyList<NginxField> Fields => OwnFields ?? parent?.Fields ?? [];

    public IReadOnlyList<NginxField> AddedFields => OwnAddedFields ?? parent?.AddedFields ?? [];

    public IReadOnlyList<string> Hidden => OwnHidden ?? parent?.Hidden ?? [];

    public IReadOnlyDictionary<string, string> Types => OwnTypes ?? parent?.Types ?? NginxTypes;

    public string DefaultType => OwnDefaultType ?? parent?.DefaultType ?? "text/plain";

    public string HttpVersion => OwnHttpVersion ?? parent?.HttpVersion ?? "1.0";

    public TimeSpan ReadTimeout => OwnReadTimeout ?? parent?.ReadTimeout ?? TimeSpan.FromSeconds(60);

    public TimeSpan ConnectTimeout => OwnConnectTimeout ?? parent?.ConnectTimeout ?? TimeSpan.FromSeconds(60);

    public TimeSpan KeepAlive => OwnKeepAlive ?? parent?.KeepAlive ?? TimeSpan.FromSeconds(75);

    public long MaxBody => OwnMaxBody ?? parent?.MaxBody ?? 1024 * 1024;

    public bool Redirects => OwnRedirects ?? parent?.Redirects ?? true;

    public bool Http2 => OwnHttp2 ?? parent?.Http2 ?? false;

    public string? Certificate => OwnCertificate ?? parent?.Certificate;

    public string? Key => OwnKey ?? parent?.Key;

    public IReadOnlyList<string> TlsVersions => OwnTlsVersions ?? parent?.TlsVersions ?? [];
}
