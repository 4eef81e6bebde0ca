namespace Proxy.Configuration;

/// <summary>Protocol between the gateway and a node.</summary>
[LowerCaseNames]
public enum NodeProtocol
{
    /// <summary>HTTP/1.1.</summary>
    Http1,

    /// <summary>HTTP/2; over plain <c>http</c> with prior knowledge, so the node must listen for HTTP/2 only there.</summary>
    Http2,
}
