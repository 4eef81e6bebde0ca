namespace Proxy.Admin;

/// <summary>A node as <c>GET /nodes</c> shows it.</summary>
/// <remarks><c>TcpConnections</c> carry the <c>Connections</c>: over HTTP/2 many of them each.</remarks>
internal sealed record NodeJson(
    string Name,
    string Cluster,
    string Address,
    string EndpointType,
    string State,
    bool Online,
    NodeHealthJson Health,
    NodeConnectionsJson Connections,
    int TcpConnections,
    int InFlight,
    int Capacity,
    int Weight,
    NodeLoadJson? Load,
    NodeReportedJson? Reported,
    NodeDrainJson? Draining);

/// <summary><c>unknown</c>, <c>healthy</c> or <c>unhealthy</c>.</summary>
internal sealed record NodeHealthJson(string Active, string Passive, string? LastError);

/// <summary>Live logical connections, as counted here.</summary>
internal sealed record NodeConnectionsJson(int WebSockets, int ServerSentEvents, int LongPolling, int Negotiated, int Total);

/// <summary>What the node last said of itself.</summary>
internal sealed record NodeReportedJson(int? ClientConnectionCount, int? ConnectionCapacity, string? BootId, DateTimeOffset At, bool Fresh);

/// <summary>What routers go by, and where it comes from: <c>reported</c> by the node, <c>counted</c> here, <c>configured</c>, <c>unknown</c>.</summary>
internal sealed record NodeLoadJson(int ClientConnectionCount, string ClientConnectionCountFrom, int ConnectionCapacity, string ConnectionCapacityFrom);

/// <summary>A drain that is going on.</summary>
/// <param name="Since">When it began.</param>
/// <param name="Origin">What asked for it: <c>configuration</c>, <c>report</c> (the node), <c>operator</c> or <c>removal</c>.</param>
/// <param name="Mode"><c>wait</c>, <c>wait-then-close</c> or <c>cut</c>.</param>
/// <param name="Remaining">Ids that may still come back.</param>
/// <param name="Rate">Ids that leave per second, lately.</param>
/// <param name="Deadline">When the mode decides about what is left.</param>
/// <param name="Forecast">When nothing will be left to wait for, at this rate and by the mode; <see langword="null"/> when that is not known.</param>
internal sealed record NodeDrainJson(
    DateTimeOffset Since, string Origin, string Mode, int Remaining, double Rate, DateTimeOffset Deadline, DateTimeOffset? Forecast);
