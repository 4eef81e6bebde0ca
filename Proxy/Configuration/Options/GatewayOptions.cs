namespace Proxy.Configuration;

/// <summary>The <c>Gateway</c> section: every option of the gateway, with its default.</summary>
/// <remarks>
/// Only <see cref="Nodes"/> has to be given. Keys that do not exist here are errors: a typing slip must not become a silent default.
/// Every value applies on reload, except <see cref="AdminOptions.Url"/>, <see cref="AffinityOptions.Store"/> and <see cref="WarmUp"/>.
/// </remarks>
public sealed class GatewayOptions
{
    /// <summary>The section's name in the configuration.</summary>
    public const string SectionName = "Gateway";

    /// <summary>The hub nodes by name. Empty only where YARP's own <c>ReverseProxy</c> section lists clusters.</summary>
    /// <value>Names: letters, digits, <c>-</c>, <c>_</c> and <c>.</c>; compared without case. At least one is primary.</value>
    [WholeGateway]
    public IReadOnlyDictionary<string, NodeOptions> Nodes { get; set; } = new Dictionary<string, NodeOptions>(StringComparer.OrdinalIgnoreCase);

    /// <summary>The router that picks the node of a new connection.</summary>
    /// <value><c>weighted</c>, <c>random</c>, <c>round-robin</c>, <c>least-connections</c>, <c>hash:ip</c>, <c>hash:query:NAME</c>,
    /// <c>hash:header:NAME</c>, <c>query:NAME</c>, <c>header:NAME</c>, or the name of a router registered in code. Default: weighted.</value>
    public string Router { get; set; } = "weighted";

    /// <summary>What a <c>query:</c> or <c>header:</c> router does with a request that names no usable node.</summary>
    /// <value>Default: Fallback.</value>
    public RouterMiss RouterMiss { get; set; } = RouterMiss.Fallback;

    /// <summary>Whether a node that holds as many connections as its capacity is kept out; the Azure SDK only makes it unlikely.</summary>
    /// <value>Default: false.</value>
    public bool EnforceCapacity { get; set; }

    /// <summary>Paths of hubs known from the start, such as <c>/chat</c>; the others are learned from their first negotiate answer.</summary>
    /// <value>Default: none.</value>
    public IReadOnlyList<string> Hubs { get; set; } = [];

    /// <summary>How TLS is spoken to nodes with an <c>https</c> address; a node's own <see cref="NodeOptions.Tls"/> counts more.</summary>
    public TlsOptions NodeTls { get; set; } = new();

    /// <summary>How the owner of a request is found.</summary>
    public AffinityOptions Affinity { get; set; } = new();

    /// <summary>Limits of the request that opens a connection.</summary>
    public NegotiationOptions Negotiate { get; set; } = new();

    /// <summary>How nodes come and go.</summary>
    public ScaleOptions Scale { get; set; } = new();

    /// <summary>Probes; they gate new connections only.</summary>
    public HealthOptions Health { get; set; } = new();

    /// <summary>How the bytes of an upgraded WebSocket are carried.</summary>
    /// <value>Default: auto.</value>
    public TunnelKind Tunnel { get; set; } = TunnelKind.Auto;

    /// <summary>Whether the gateway as a program drives some requests through itself after its start, and is ready after that.</summary>
    /// <value>Default: true.</value>
    [WholeGateway]
    [NeedsRestart]
    public bool WarmUp { get; set; } = true;

    /// <summary>The proxies whose X-Forwarded-* headers are trusted.</summary>
    [WholeGateway]
    public TrustedProxyOptions ForwardedHeaders { get; set; } = new();

    /// <summary>How long a connection may stay without a byte.</summary>
    public TimeoutOptions Timeouts { get; set; } = new();

    /// <summary>What the gateway shows of its decisions.</summary>
    [WholeGateway]
    public DiagnosticsOptions Diagnostics { get; set; } = new();

    /// <summary>The listener for diagnostics and operations.</summary>
    [WholeGateway]
    public AdminOptions Admin { get; set; } = new();
}
