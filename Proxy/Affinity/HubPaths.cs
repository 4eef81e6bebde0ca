using System.Collections.Concurrent;

namespace Proxy.Affinity;

/// <summary>The paths on which an <c>id</c> is a connection's id: listed ones, and those whose negotiate was answered through this gateway.</summary>
internal sealed class HubPaths
{
    /// <summary>Paths learned at the most, over all clusters: an application has a handful, an attacker could invent any number.</summary>
    private const int MaxLearned = 1024;

    private readonly ConcurrentDictionary<string, bool> _learned = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, bool>.AlternateLookup<ReadOnlySpan<char>> _lookup;

    public HubPaths()
    {
        _lookup = _learned.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>Paths learned so far.</summary>
    public IEnumerable<string> Learned => _learned.Keys;

    public void Learn(ReadOnlySpan<char> hubPath)
    {
        hubPath = Trim(hubPath);
        if (!_lookup.ContainsKey(hubPath) && _learned.Count < MaxLearned)
        {
            _lookup.TryAdd(hubPath, true);
        }
    }

    /// <summary>Whether a path is a hub's or lies below one.</summary>
    public bool Contains(ClusterSnapshot snapshot, ReadOnlySpan<char> path)
    {
        path = Trim(path);
        var listed = snapshot.Options.Hubs;
        for (var i = 0; i < listed.Count; i++) // an enumerator of the interface would be an allocation per request
        {
            if (IsAtOrBelow(path, Trim(listed[i])))
            {
                return true;
            }
        }

        if (_learned.IsEmpty)
        {
            return false;
        }

        while (true)
        {
            if (_lookup.ContainsKey(path))
            {
                return true;
            }

            var slash = path.LastIndexOf('/');
            if (slash < 0)
            {
                return false;
            }

            path = path[..slash];
            if (path.IsEmpty)
            {
                return false; // the hub at the root has nothing below it, or it would swallow every path
            }
        }
    }

    private static bool IsAtOrBelow(ReadOnlySpan<char> path, ReadOnlySpan<char> hub) =>
        path.Equals(hub, StringComparison.OrdinalIgnoreCase)
        || (hub.Length > 0 && path.Length > hub.Length && path[hub.Length] == '/' && path.StartsWith(hub, StringComparison.OrdinalIgnoreCase));

    private static ReadOnlySpan<char> Trim(ReadOnlySpan<char> path) => path.TrimEnd('/');
}
