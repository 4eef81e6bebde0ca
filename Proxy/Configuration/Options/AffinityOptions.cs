namespace Proxy.Configuration;

/// <summary><c>Gateway:Affinity</c>: how the owner of a request is found.</summary>
public sealed class AffinityOptions
{
    /// <summary>What is asked, in which order.</summary>
    /// <value>Default: Auto.</value>
    public AffinityMode Mode { get; set; } = AffinityMode.Auto;

    /// <summary>Secrets for tags and cookies: the first signs, all are accepted. Empty: plain hashes, so that replicas agree with no set-up.</summary>
    /// <value>Texts (UTF-8), none empty; 16 characters or more are advised. Default: none.</value>
    [Secret]
    [WholeGateway]
    public IReadOnlyList<string> Keys { get; set; } = [];

    /// <summary>Where learned ids are kept. Changing it needs a restart.</summary>
    /// <value>Default: Memory.</value>
    [NeedsRestart]
    [WholeGateway]
    public StoreKind Store { get; set; } = StoreKind.Memory;

    /// <summary>The most ids that the store holds; then the oldest are forgotten.</summary>
    /// <value>100 to 10000000. Default: 100000.</value>
    [Limits(100, 10_000_000, Consequence = "fewer are lost while in use, more do not fit into memory")]
    [WholeGateway]
    public int StoreCapacity { get; set; } = 100_000;

    /// <summary>The Redis server, for <see cref="StoreKind.Redis"/>.</summary>
    [WholeGateway]
    public RedisOptions Redis { get; set; } = new();

    /// <summary>Whether a new connection of a client that has the cookie goes back to the cookie's node.</summary>
    /// <value>Default: Preferred.</value>
    public Reattach Reattach { get; set; } = Reattach.Preferred;

    /// <summary>What happens to an id that nothing resolves.</summary>
    /// <value>Default: NotFound.</value>
    public OnUnknown OnUnknown { get; set; } = OnUnknown.NotFound;

    /// <summary>The affinity cookie.</summary>
    public AffinityCookieOptions Cookie { get; set; } = new();

    /// <summary>Cookies by which another proxy has kept clients on the same nodes; a new connection of a client without our cookie goes to the node that one
    /// of them names. The first that names a node counts.</summary>
    /// <value>Default: none.</value>
    [WholeGateway]
    public IReadOnlyList<ForeignCookieOptions> Foreign { get; set; } = [];
}
