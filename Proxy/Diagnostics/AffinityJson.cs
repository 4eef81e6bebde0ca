namespace Proxy.Diagnostics;

/// <summary><c>GET /affinity</c>.</summary>
internal sealed record AffinityJson(
    string Version,
    double UptimeSeconds,
    string Mode,
    string Router,
    StoreJson Store,
    IReadOnlyList<NodeJson> Nodes,
    IReadOnlyDictionary<string, long> Outcomes,
    ConfigurationJson Configuration);

/// <summary>The memory of ids.</summary>
internal sealed record StoreJson(string Kind, int Entries, int Capacity, long Evicted);

/// <summary>The configuration in force, and what became of the last that was refused.</summary>
internal sealed record ConfigurationJson(DateTimeOffset LoadedAt, long Rejected, ConfigurationErrorJson? LastError);

/// <summary>Why a reload was refused.</summary>
internal sealed record ConfigurationErrorJson(DateTimeOffset At, IReadOnlyList<string> Messages);
