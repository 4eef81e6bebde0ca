namespace Proxy.Configuration;

/// <summary>The <c>Gateway</c> section: everything the gateway can be told, with its defaults.</summary>
/// <remarks>
/// Only <see cref="Nodes"/> has to be given. Keys that do not exist here are errors: a typing slip must not become a silent default.
/// Every value applies on reload, except <see cref="AdminOptions.Url"/> and <see cref="AffinityOptions.Store"/>.
/// </remarks>
public sealed class GatewayOptions
{
    /// <summary>The section's name in the configuration.</summary>
    public const string SectionName = "Gateway";

    /// <summary>The hub nodes by name. Empty only where YARP's own <c>ReverseProxy</c> section lists clusters.</summary>
    public IReadOnlyDictionary<string, NodeOptions> Nodes { get; set; } = new Dictionary<string, NodeOptions>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Who picks the node of a new connection: <c>weighted</c>, <c>random</c>, <c>round-robin</c>, <c>least-connections</c>,
    /// <c>hash:ip</c>, <c>hash:query:NAME</c>, <c>hash:header:NAME</c>, <c>query:NAME</c>, <c>header:NAME</c>, or the name of a router registered in code.</summary>
    public string Router { get; set; } = "weighted";

    /// <summary>What a <c>query:</c> or <c>header:</c> router does with a request that names no usable node.</summary>
    public RouterMiss RouterMiss { get; set; } = RouterMiss.Fallback;

    /// <summary>Whether a node that holds as many connections as its capacity is kept out; the Azure SDK only makes it unlikely.</summary>
    public bool EnforceCapacity { get; set; }

    /// <summary>Paths of hubs known from the start, such as <c>/chat</c>; the others are learned from their first negotiate answer.</summary>
    public IReadOnlyList<string> Hubs { get; set; } = [];

    public AffinityOptions Affinity { get; set; } = new();

    public NegotiateOptions Negotiate { get; set; } = new();

    public ScaleOptions Scale { get; set; } = new();

    public HealthOptions Health { get; set; } = new();

    /// <summary>How the bytes of an upgraded WebSocket are carried.</summary>
    public TunnelKind Tunnel { get; set; } = TunnelKind.Auto;

    public ForwardedHeadersOptions ForwardedHeaders { get; set; } = new();

    public TimeoutOptions Timeouts { get; set; } = new();

    public DiagnosticsOptions Diagnostics { get; set; } = new();

    public AdminOptions Admin { get; set; } = new();
}
