namespace Proxy.Admin;

/// <summary><c>GET /affinity/connections</c>.</summary>
/// <param name="Total">Live connections that the filter lets through, on all pages.</param>
/// <param name="Connections">One page, by id; the last one's id is the next page's <c>after</c>.</param>
internal sealed record ConnectionsJson(int Total, IReadOnlyList<ConnectionJson> Connections);

/// <summary>One logical connection.</summary>
/// <param name="Id">Keyed hash of the id; the id itself is a secret.</param>
/// <param name="Node">The owner.</param>
/// <param name="Cluster">The owner's cluster.</param>
/// <param name="Transport"><c>web_sockets</c>, <c>server_sent_events</c>, <c>long_polling</c>, or <c>negotiated</c>.</param>
/// <param name="Since">When the gateway first saw it.</param>
/// <param name="LastSeen">When a request of it was last open.</param>
/// <param name="Client">The client's address.</param>
/// <param name="BytesIn">From the client, through tunnels.</param>
/// <param name="BytesOut">To the client, through tunnels and event streams.</param>
/// <param name="Tunnel">What carries its WebSocket, or <see langword="null"/>.</param>
internal sealed record ConnectionJson(
    string Id,
    string Node,
    string Cluster,
    string Transport,
    DateTimeOffset Since,
    DateTimeOffset LastSeen,
    string? Client,
    long BytesIn,
    long BytesOut,
    string? Tunnel);

/// <summary><c>GET /affinity/connections/{id}</c>.</summary>
/// <param name="Id">Keyed hash of the id.</param>
/// <param name="Given">What was asked for: <c>id</c>, <c>tagged-id</c> or <c>hash</c>.</param>
/// <param name="Outcome">How a request with this id would be resolved; <see langword="null"/>: no request can name it.</param>
/// <param name="Node">Where it would go, or <see langword="null"/>.</param>
/// <param name="Status">What the gateway would answer itself, or 200.</param>
/// <param name="Steps">How that was found.</param>
/// <param name="Connection">The connection, when the gateway follows it.</param>
internal sealed record ConnectionLookupJson(
    string Id, string Given, string? Outcome, string? Node, int Status, IReadOnlyList<StepJson> Steps, ConnectionJson? Connection);
