using System.Collections.Frozen;
using Proxy.Affinity.Foreign;
using Proxy.Configuration;
using Proxy.Nodes;
using Proxy.Requests;
using Proxy.Routers;

namespace Proxy.Affinity;

/// <summary>Everything a decision needs to know of one cluster. Immutable and swapped whole; a request reads it once.</summary>
internal sealed class ClusterSnapshot
{
    private static readonly IReadOnlyList<string?> NoKey = [null];

    private readonly FrozenDictionary<string, GatewayNode>.AlternateLookup<ReadOnlySpan<char>> _tags;
    private readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> _removedTags;
    private readonly FrozenDictionary<NodeState, GatewayNode> _byState;
    private readonly FrozenDictionary<NodeState, string> _newTags;

    public ClusterSnapshot(string clusterId, GatewayOptions options, INegotiateRouter router, GatewayNode[] nodes, IEnumerable<string> removedTags)
    {
        ClusterId = clusterId;
        Options = options;
        Router = router;
        Nodes = nodes;
        Candidates = BestTier(nodes);
        Timeouts = new TransportTimeouts(options.Timeouts);

        var tags = BuildTags(clusterId, options, nodes);
        var forgotten = nodes.Where(node => node.State.IdsForgotten)
            .SelectMany(node => node.State.AffinityKeys).SelectMany(key => TagsOf(options, clusterId, key));
        var removed = removedTags.Concat(forgotten).Where(tag => !tags.ContainsKey(tag)).ToFrozenSet(StringComparer.Ordinal);
        _tags = tags.ToFrozenDictionary(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
        _removedTags = removed.GetAlternateLookup<ReadOnlySpan<char>>();
        _byState = nodes.ToFrozenDictionary(node => node.State);
        _newTags = nodes.ToFrozenDictionary(node => node.State, node => Tag.Compute(SigningKey(options), clusterId, node.AffinityKey));
        Cookies = new AffinityCookie(clusterId, options.Affinity, nodes);
        Foreign = ForeignCookies.Create(options.Affinity.Foreign, nodes);
    }

    public string ClusterId { get; }

    /// <summary>The cluster's options: the <c>Gateway</c> section under the cluster's own metadata.</summary>
    public GatewayOptions Options { get; }

    public INegotiateRouter Router { get; }

    /// <summary>All nodes, whatever their state, by name.</summary>
    public IReadOnlyList<GatewayNode> Nodes { get; }

    /// <summary>The nodes that may get a new connection: the online primaries, else the online secondaries; possibly none.</summary>
    public IReadOnlyList<GatewayNode> Candidates { get; }

    public AffinityCookie Cookies { get; }

    /// <summary>The cookies of other proxies that count, or <see langword="null"/> when there are none.</summary>
    public ForeignCookies? Foreign { get; }

    public TransportTimeouts Timeouts { get; }

    /// <summary>The node that a tag names, whatever the node's health.</summary>
    public GatewayNode? FindByTag(ReadOnlySpan<char> tag) => _tags.TryGetValue(tag, out var node) ? node : null;

    /// <summary>The node that an affinity key names: the one that the key's tag names.</summary>
    public GatewayNode? FindByAffinityKey(string affinityKey) => FindByTag(Tag.Compute(SigningKey(Options), ClusterId, affinityKey));

    /// <summary>Whether a tag names a node that left within the last hour.</summary>
    public bool IsRemovedTag(ReadOnlySpan<char> tag) => _removedTags.Contains(tag);

    /// <summary>The node of an identity, or <see langword="null"/> when it has left.</summary>
    public GatewayNode? Find(NodeState state) => _byState.GetValueOrDefault(state);

    /// <summary>The tag that new connection tokens of a node get.</summary>
    /// <param name="node">One of <see cref="Nodes"/>.</param>
    public string TagOf(GatewayNode node) => _newTags[node.State];

    /// <summary>Every tag that one affinity key has under any accepted key.</summary>
    public static IEnumerable<string> TagsOf(GatewayOptions options, string clusterId, string affinityKey) =>
        AcceptedKeys(options).Select(key => Tag.Compute(key, clusterId, affinityKey));

    /// <summary>Online primaries, else online secondaries; of these not the ones that connections are being moved off, unless there are no others.</summary>
    public static GatewayNode[] BestTier(IReadOnlyList<GatewayNode> nodes)
    {
        var primaries = nodes.Where(node => node is { Online: true, EndpointType: EndpointType.Primary }).ToArray();
        var tier = primaries.Length > 0 ? primaries : [.. nodes.Where(node => node is { Online: true, EndpointType: EndpointType.Secondary })];
        return Array.Exists(tier, node => node.TakesNew) ? [.. tier.Where(node => node.TakesNew)] : tier;
    }

    /// <summary>Every affinity key that names a node; of several nodes the first has it.</summary>
    public static IEnumerable<(string AffinityKey, GatewayNode Node)> AffinityKeys(IReadOnlyList<GatewayNode> nodes)
    {
        // Nor does a former key take one away from the node that hands it out now.
        var current = nodes.OrderBy(static node => node.Precedence).Select(static node => (node.AffinityKey, node));
        return current.Concat(nodes.SelectMany(node => node.State.AffinityKeys.Select(key => (key, node))));
    }

    private static Dictionary<string, GatewayNode> BuildTags(string clusterId, GatewayOptions options, GatewayNode[] nodes)
    {
        var tags = new Dictionary<string, GatewayNode>(StringComparer.Ordinal);
        foreach (var (affinityKey, node) in AffinityKeys(nodes).Where(pair => !pair.Node.State.IdsForgotten))
        {
            foreach (var tag in TagsOf(options, clusterId, affinityKey))
            {
                tags.TryAdd(tag, node);
            }
        }

        return tags;
    }

    private static string? SigningKey(GatewayOptions options) => options.Affinity.Keys is [var first, ..] ? first : null;

    private static IEnumerable<string?> AcceptedKeys(GatewayOptions options) => options.Affinity.Keys is { Count: > 0 } keys ? keys : NoKey;
}
