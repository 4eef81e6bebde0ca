namespace HubNode;

/// <summary>The answer to <c>/whoami</c>: the node, and the request as it arrived.</summary>
/// <param name="Node">The node's name.</param>
/// <param name="Pid">Its process.</param>
/// <param name="Protocol">Such as <c>HTTP/1.1</c>.</param>
/// <param name="Method">The request's method.</param>
/// <param name="Target">Path and query exactly as on the request line.</param>
/// <param name="Host">The header <c>Host</c>.</param>
/// <param name="Scheme"><c>http</c> or <c>https</c>, after X-Forwarded-Proto.</param>
/// <param name="RemoteAddress">The client, after X-Forwarded-For.</param>
/// <param name="Peer">Who opened the TCP connection.</param>
/// <param name="Headers">All headers as received, before anything interpreted them.</param>
public sealed record RequestReport(
    string Node,
    int Pid,
    string Protocol,
    string Method,
    string Target,
    string Host,
    string Scheme,
    string? RemoteAddress,
    string? Peer,
    IReadOnlyDictionary<string, string[]> Headers);
