namespace Proxy.Configuration;

/// <summary>Where learned ids are kept.</summary>
public enum StoreKind
{
    /// <summary>In this process; each replica knows what it has seen.</summary>
    Memory,

    /// <summary>In Redis, for all replicas.</summary>
    Redis,
}
