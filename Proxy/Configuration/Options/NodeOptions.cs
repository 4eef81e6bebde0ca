namespace Proxy.Configuration;

/// <summary>One hub node, <c>Gateway:Nodes:{Name}</c>.</summary>
public sealed class NodeOptions
{
    /// <summary>Absolute <c>http</c> or <c>https</c> address, a path prefix allowed; no query, fragment or user name.</summary>
    /// <value>It has to be given.</value>
    public string Address { get; set; } = "";

    /// <summary>Secondary nodes get new connections only while no primary one is online.</summary>
    /// <value>Default: primary.</value>
    public EndpointType EndpointType { get; set; } = EndpointType.Primary;

    /// <summary>Relative share of new connections.</summary>
    /// <value>1 to 1000. Default: 1.</value>
    [Limits(1, 1000, Consequence = "a node that shall get no new connections is marked with Draining")]
    public int Weight { get; set; } = 1;

    /// <summary>Client connections that the node can hold; 0 = unknown.</summary>
    /// <value>0 or more. Default: 0.</value>
    [Limits(0, int.MaxValue, Consequence = "0 says that the capacity is unknown")]
    public int ConnectionCapacity { get; set; }

    /// <summary>Address under which clients reach the node directly, for <see cref="NegotiationOptions.Redirect"/>. Same form as <see cref="Address"/>.</summary>
    /// <value>Default: none.</value>
    public string? PublicUrl { get; set; }

    /// <summary>The stable identity that tags and cookies are made of; <see langword="null"/> = the node's name. No two nodes may share one.</summary>
    /// <value>Default: none.</value>
    public string? AffinityKey { get; set; }

    /// <summary>What <see cref="AffinityOptions.Foreign"/> knows the node by: its name, address or URL at the other proxy.</summary>
    /// <value>Without a value the node's address or name, as the kind of the cookie has it. Default: none.</value>
    public string? ForeignKey { get; set; }

    /// <summary>The protocol spoken to the node.</summary>
    /// <value>Default: http1.</value>
    public NodeProtocol Protocol { get; set; } = NodeProtocol.Http1;

    /// <summary>Keeps its connections, gets no new ones.</summary>
    /// <value>Default: false.</value>
    public bool Draining { get; set; }

    /// <summary>How TLS is spoken to the node, where that differs from <see cref="GatewayOptions.NodeTls"/>. For <c>https</c> addresses.</summary>
    public TlsOptions Tls { get; set; } = new();
}
