using System.Collections.Concurrent;
using Proxy.Configuration;

namespace Proxy.Nodes.Tls;

/// <summary>One <see cref="NodeTls"/> for all nodes with the same settings, so that a reload that changes nothing for a node keeps its connections.</summary>
internal sealed class NodeTlsSet
{
    private readonly ConcurrentDictionary<TlsSettings, NodeTls> _all = new();

    /// <summary>Finds it, or reads its files.</summary>
    public NodeTls Get(TlsSettings settings) => _all.GetOrAdd(settings, static settings => new NodeTls(settings));

    /// <summary>Forgets those that no node has any more.</summary>
    public void Keep(IReadOnlyCollection<NodeTls> used)
    {
        foreach (var (settings, tls) in _all)
        {
            if (!used.Contains(tls))
            {
                _all.TryRemove(KeyValuePair.Create(settings, tls));
            }
        }
    }
}
