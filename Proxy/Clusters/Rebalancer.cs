using Proxy.Configuration;
using Proxy.Connections;
using Proxy.Nodes;

namespace Proxy.Clusters;

/// <summary>Moves live connections off the fuller nodes after a scale-out, at a paced rate, until the spread is small.</summary>
/// <remarks>
/// The spread is how much more the fullest online primary holds than the emptiest, as a fraction of the emptiest: at 0.1 nothing is moved while
/// the fullest has less than 1.1 times as many. Each node's number is divided by its weight first. Nodes above the mean get no new connections meanwhile,
/// so that a client that was moved does not come back; cookies that name them do not count. A difference of one connection is left alone.
/// </remarks>
internal sealed class Rebalancer(ConnectionMover mover, NodeRegistry registry, TimeProvider time)
{
    /// <summary>How long a connection is left alone after it was opened: no client is moved twice in a row, or in the middle of the hub's handshake.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(10);

    /// <summary>Looks at one cluster.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="options">Rate and spread.</param>
    public void Turn(ClusterNodes cluster, RebalanceOptions options)
    {
        var all = cluster.Snapshot?.Nodes ?? [];
        var loads = Loads(all, options);
        var changed = false;
        foreach (var node in all)
        {
            var sheds = loads.Exists(load => ReferenceEquals(load.Node, node) && load.Excess >= 1);
            changed |= node.State.IsRebalancedAway != sheds;
            node.State.IsRebalancedAway = sheds;
        }

        if (changed)
        {
            registry.Refresh(cluster.ClusterId);
        }

        if (loads.Count == 0)
        {
            cluster.Moves.Reset();
            return;
        }

        cluster.Moves.Spend(options.Rate, due => Move(loads, due));
    }

    /// <summary>The nodes that hold more than their share, fullest first; none while the spread is small.</summary>
    private static List<(GatewayNode Node, int Excess)> Loads(IReadOnlyList<GatewayNode> all, RebalanceOptions options)
    {
        var nodes = all.Where(node => node is { Lifecycle: NodeLifecycle.Open, EndpointType: EndpointType.Primary, Online: true })
            .Select(node => (Node: node, Count: node.Metrics.ClientConnectionCount))
            .ToArray();
        if (options.Rate == 0 || nodes.Length < 2)
        {
            return [];
        }

        var mean = (double)nodes.Sum(node => node.Count) / nodes.Sum(node => node.Node.Weight);
        var fullest = nodes.Max(node => (double)node.Count / node.Node.Weight);
        var emptiest = nodes.Min(node => (double)node.Count / node.Node.Weight);
        return fullest < emptiest * (1 + options.Spread)
            ? []
            : [.. nodes
                .Select(node => (node.Node, Excess: (int)(node.Count - (mean * node.Node.Weight))))
                .Where(node => node.Excess >= 1)
                .OrderByDescending(node => node.Excess)];
    }

    private int Move(List<(GatewayNode Node, int Excess)> loads, int due)
    {
        var moved = 0;
        foreach (var (node, excess) in loads)
        {
            // A connection that has been asked to move still counts until it goes.
            moved += mover.Move(
                node.State, Math.Min(excess - node.State.Connections.Moving, due - moved), connection => time.GetElapsedTime(connection.CreatedAt) >= Settling);
        }

        return moved;
    }
}
