namespace Proxy.Configuration;

/// <summary><c>Kestrel</c>: the listeners of the gateway as a program. The keys are those of Kestrel itself; an application that embeds the gateway keeps its
/// own Kestrel.</summary>
internal sealed class KestrelOptions
{
    /// <summary>Sends <c>Server: Kestrel</c>.</summary>
    /// <value>Default: false.</value>
    public bool AddServerHeader { get; set; }

    /// <summary>Takes an HTTP/2 request whose <c>:scheme</c> is not that of its connection, as some proxies send it.</summary>
    /// <value>Default: false.</value>
    public bool AllowAlternateSchemes { get; set; }

    /// <summary>Takes a request whose target names another host than <c>Host</c> does, and overwrites <c>Host</c>; otherwise it gets 400.</summary>
    /// <value>Default: false.</value>
    public bool AllowHostHeaderOverride { get; set; }

    /// <summary>Compresses the headers of HTTP/2 responses.</summary>
    /// <value>Default: true.</value>
    public bool AllowResponseHeaderCompression { get; set; } = true;

    /// <summary>Allows synchronous reads and writes. The gateway itself has none.</summary>
    /// <value>Default: false.</value>
    public bool AllowSynchronousIO { get; set; }

    /// <summary>Makes new texts for the headers of each request of a connection, even where they are the same.</summary>
    /// <value>Default: false.</value>
    public bool DisableStringReuse { get; set; }

    /// <summary>What a client may take.</summary>
    public KestrelLimitOptions Limits { get; set; } = new();

    /// <summary>What holds for each endpoint that says nothing else, and for <c>Urls</c>.</summary>
    public EndpointDefaultOptions EndpointDefaults { get; set; } = new();

    /// <summary>The certificates by their role.</summary>
    public CertificateSetOptions Certificates { get; set; } = new();

    /// <summary>The endpoints by name.</summary>
    public Dictionary<string, EndpointOptions> Endpoints { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether the configuration has a certificate for an endpoint; for one without, Kestrel looks for that of a developer.</summary>
    public bool HasCertificate(EndpointOptions endpoint) =>
        endpoint.Url?.StartsWith("https:", StringComparison.OrdinalIgnoreCase) is true
        && (endpoint.Certificate.IsGiven() || Certificates.Default.IsGiven() || endpoint.Sni.Count > 0);
}
