using System.Collections.Concurrent;
using Proxy.Requests;

namespace Proxy.Affinity;

/// <summary>The paths on which an <c>id</c> is a connection's id: listed ones, and those whose negotiate was answered through this gateway.</summary>
internal sealed class HubPaths
{
    /// <summary>Paths learned at the most, over all clusters: an application has a handful, an attacker could invent any number.</summary>
    private const int MaxLearned = 1024;

    /// <summary>By path, whether ids were seen there that look like nothing that is known of.</summary>
    private readonly ConcurrentDictionary<string, bool> _learned = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, bool>.AlternateLookup<ReadOnlySpan<char>> _lookup;

    public HubPaths()
    {
        _lookup = _learned.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>Paths learned so far.</summary>
    public IEnumerable<string> Learned => _learned.Keys;

    /// <summary>Remembers that a negotiate was answered.</summary>
    /// <param name="hubPath">The hub's path.</param>
    /// <param name="hasOtherIds">The hub hands out ids that look like nothing that is known of: from now on any value is taken for one there.</param>
    public void Learn(ReadOnlySpan<char> hubPath, bool hasOtherIds = false)
    {
        hubPath = Trim(hubPath);
        if (_lookup.TryGetValue(hubPath, out var hadOtherIds))
        {
            if (hasOtherIds && !hadOtherIds)
            {
                _lookup[hubPath] = true;
            }
        }
        else if (_learned.Count < MaxLearned)
        {
            _lookup.TryAdd(hubPath, hasOtherIds);
        }
    }

    /// <summary>Whether an id that this gateway does not know is a connection's all the same: it looks like one, and stands where clients put it.</summary>
    public bool Names(ClusterSnapshot snapshot, in RequestInfo request)
    {
        return request.HasId && TryFind(snapshot, request, out _, out var hasOtherIds) && (hasOtherIds || CanBeId(request));
    }

    /// <summary>The same, or it looks so much like an id that its hub may only not be known here yet; what does neither is the application's own.</summary>
    public bool MayName(ClusterSnapshot snapshot, in RequestInfo request) =>
        request.HasId && (request.HasTag || request.Protocol.LooksLikeId(request.RawId) || Names(snapshot, request));

    /// <summary>Finds the hub that a request is of, or may be of.</summary>
    /// <param name="snapshot">The cluster.</param>
    /// <param name="request">The request.</param>
    /// <param name="place">The hub's path; where the hub is not known, the request's own.</param>
    /// <returns>Whether the request is of a hub as far as can be told: others have paths without number.</returns>
    public bool TryFindPlace(ClusterSnapshot snapshot, in RequestInfo request, out ReadOnlySpan<char> place) =>
        TryFind(snapshot, request, out place, out _)
        || request.HasId || request.Kind is RequestKind.Negotiate || request.Protocol.HubPathOf(place).Length < place.Length;

    // The path itself comes first: a hub may have the name of one of the segments that clients put behind its path.
    private bool TryFind(ClusterSnapshot snapshot, in RequestInfo request, out ReadOnlySpan<char> hub, out bool hasOtherIds)
    {
        hub = Trim(request.Path);
        if (IsHub(snapshot, hub, out hasOtherIds))
        {
            return true;
        }

        var above = request.Protocol.HubPathOf(hub);
        if (above.Length == hub.Length || !IsHub(snapshot, above, out hasOtherIds))
        {
            return false;
        }

        hub = above;
        return true;
    }

    /// <summary>Whether a path is a hub's.</summary>
    /// <param name="snapshot">The cluster.</param>
    /// <param name="path">Without a slash at its end.</param>
    /// <param name="hasOtherIds">See <see cref="Learn"/>.</param>
    private bool IsHub(ClusterSnapshot snapshot, ReadOnlySpan<char> path, out bool hasOtherIds)
    {
        if (_lookup.TryGetValue(path, out hasOtherIds))
        {
            return true;
        }

        var listed = snapshot.Options.Hubs;
        for (var i = 0; i < listed.Count; i++) // an enumerator of the interface would be an allocation per request
        {
            if (path.Equals(Trim(listed[i]), StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    // Where tags are not looked at, a tag still shows that a gateway has made the id.
    private static bool CanBeId(in RequestInfo request) => request.HasTag || request.Protocol.CanBeId(request.RawId);

    private static ReadOnlySpan<char> Trim(ReadOnlySpan<char> path) => path.TrimEnd('/');
}
