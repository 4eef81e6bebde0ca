using Proxy.Listeners.Certificates;

namespace Proxy.Admin;

/// <summary><c>GET /affinity</c>; its outcomes are counted since the start, and those that the gateway answers by itself are its refusals.</summary>
internal sealed record AffinityJson(
    string Version,
    double UptimeSeconds,
    string Mode,
    string Router,
    StoreJson Store,
    IReadOnlyList<NodeJson> Nodes,
    IReadOnlyDictionary<string, long> Outcomes,
    IReadOnlyList<string> Refusals,
    ConfigurationJson Configuration,
    IReadOnlyList<CertificateStatus> Certificates);

/// <summary>The memory of ids.</summary>
/// <param name="Kind"><c>memory</c> or <c>redis</c>.</param>
/// <param name="Entries">Ids that this replica knows.</param>
/// <param name="Capacity">How many it can know.</param>
/// <param name="Evicted">Ids that were never used and had to make room.</param>
/// <param name="Connected">Whether the replicas' common store answers; <see langword="null"/>: there is none.</param>
/// <param name="Failures">Questions and changes that had to do without it.</param>
internal sealed record StoreJson(string Kind, int Entries, int Capacity, long Evicted, bool? Connected, long? Failures);

/// <summary>The configuration in force, and what became of the last that was refused.</summary>
internal sealed record ConfigurationJson(DateTimeOffset LoadedAt, long Rejected, ConfigurationErrorJson? LastError);

/// <summary>Why a reload was refused.</summary>
internal sealed record ConfigurationErrorJson(DateTimeOffset At, IReadOnlyList<string> Messages);
