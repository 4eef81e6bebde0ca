namespace Proxy.Diagnostics;

/// <summary>A node as <c>GET /nodes</c> shows it.</summary>
internal sealed record NodeJson(
    string Name,
    string Cluster,
    string Address,
    string EndpointType,
    string State,
    bool Online,
    NodeHealthJson Health,
    NodeConnectionsJson Connections,
    int InFlight,
    int Capacity,
    int Weight,
    NodeReportedJson? Reported,
    NodeDrainJson? Draining);

/// <summary><c>unknown</c>, <c>healthy</c> or <c>unhealthy</c>.</summary>
internal sealed record NodeHealthJson(string Active, string Passive, string? LastError);

/// <summary>Live logical connections, as counted here.</summary>
internal sealed record NodeConnectionsJson(int WebSockets, int ServerSentEvents, int LongPolling, int Negotiated, int Total);

/// <summary>What the node last said of itself.</summary>
internal sealed record NodeReportedJson(int? ClientConnectionCount, int? ConnectionCapacity, string? BootId, DateTimeOffset At);

/// <summary>A drain that is going on; <c>remaining</c> counts the ids that may still come back.</summary>
internal sealed record NodeDrainJson(DateTimeOffset Since, string Mode, int Remaining, DateTimeOffset Deadline);
