namespace Proxy.Configuration;

/// <summary><c>Gateway:Affinity</c>: how the owner of a request is found.</summary>
public sealed class AffinityOptions
{
    public AffinityMode Mode { get; set; } = AffinityMode.Auto;

    /// <summary>Secrets for tags and cookies: the first signs, all are accepted. Empty: plain hashes, so that replicas agree with no set-up.</summary>
    public IReadOnlyList<string> Keys { get; set; } = [];

    /// <summary>Where learned ids are kept. Changing it needs a restart.</summary>
    public StoreKind Store { get; set; } = StoreKind.Memory;

    /// <summary>The most ids that the store holds. 100 to 10,000,000.</summary>
    public int StoreCapacity { get; set; } = 100_000;

    public RedisOptions Redis { get; set; } = new();

    public Reattach Reattach { get; set; } = Reattach.Preferred;

    public OnUnknown OnUnknown { get; set; } = OnUnknown.NotFound;

    public AffinityCookieOptions Cookie { get; set; } = new();
}
