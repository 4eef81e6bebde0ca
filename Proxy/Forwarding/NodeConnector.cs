using Proxy.Affinity;
using Proxy.Clusters;
using Proxy.Nodes;

namespace Proxy.Forwarding;

/// <summary>Opens HttpClient's connections to the nodes, and counts them by node.</summary>
/// <param name="registry">Knows the nodes.</param>
/// <param name="sockets">How it connects; <see langword="null"/>: by sockets of .NET.</param>
internal sealed class NodeConnector(NodeRegistry registry, NodeSockets? sockets = null)
{
    private readonly NodeSockets _sockets = sockets ?? NodeSockets.OfDotNet;

    /// <summary>Connects for a client of a cluster (<see cref="SocketsHttpHandler.ConnectCallback"/>).</summary>
    public ValueTask<Stream> ConnectAsync(string clusterId, SocketsHttpConnectionContext context, CancellationToken cancellationToken) =>
        _sockets.Connect(context, Find(registry.Snapshot(clusterId), context.InitialRequestMessage.RequestUri), cancellationToken);

    // HttpClient shares connections by scheme, host and port. Nodes that differ in their path only share them, too, and the first of them has the count.
    private static NodeState? Find(ClusterSnapshot? cluster, Uri? target)
    {
        foreach (var node in cluster?.Nodes ?? [])
        {
            if (target is not null && Uri.TryCreate(node.Address, UriKind.Absolute, out var address)
                && Uri.Compare(address, target, UriComponents.SchemeAndServer, UriFormat.Unescaped, StringComparison.OrdinalIgnoreCase) == 0)
            {
                return node.State;
            }
        }

        return null;
    }
}
