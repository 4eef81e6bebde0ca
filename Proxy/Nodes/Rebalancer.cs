using Proxy.Configuration;
using Proxy.Connections;

namespace Proxy.Nodes;

/// <summary>Moves live connections off the fuller nodes after a scale-out, at a paced rate, until the spread is small.</summary>
/// <remarks>
/// Nodes above the mean get no new connections meanwhile, so that whoever is moved does not come back; cookies that name them do not count.
/// </remarks>
internal sealed class Rebalancer(ConnectionMover mover, NodeRegistry registry)
{
    /// <summary>Looks at one cluster.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="options">Rate and spread.</param>
    /// <param name="elapsed">Time since the last look; the rate counts by it.</param>
    public void Turn(ClusterNodes cluster, RebalanceOptions options, TimeSpan elapsed)
    {
        var nodes = (cluster.Snapshot?.Nodes ?? [])
            .Where(node => node is { Lifecycle: NodeLifecycle.Open, EndpointType: EndpointType.Primary, Online: true })
            .Select(node => (Node: node, Load: (double)node.Metrics.ClientConnectionCount / node.Weight))
            .ToArray();
        var mean = nodes.Length == 0 ? 0 : nodes.Sum(node => node.Load * node.Node.Weight) / nodes.Sum(node => node.Node.Weight);
        var isUneven = options.Rate > 0 && nodes.Length > 1 && mean > 0
            && nodes.Max(node => node.Load) - nodes.Min(node => node.Load) > options.Spread * mean;
        var changed = false;
        foreach (var (node, load) in nodes)
        {
            // One connection above the mean is not worth a move.
            var sheds = isUneven && (load - mean) * node.Weight >= 1;
            changed |= node.State.Sheds != sheds;
            node.State.Sheds = sheds;
        }

        foreach (var node in (cluster.Snapshot?.Nodes ?? []).Where(node => node.State.Sheds && !nodes.Any(counted => ReferenceEquals(counted.Node, node))))
        {
            node.State.Sheds = false;
            changed = true;
        }

        if (changed)
        {
            registry.Refresh(cluster.ClusterId);
        }

        if (isUneven)
        {
            Move(cluster, nodes, mean, options.Rate, elapsed);
        }
        else
        {
            cluster.MoveCredit = 0;
        }
    }

    private void Move(ClusterNodes cluster, (GatewayNode Node, double Load)[] nodes, double mean, int rate, TimeSpan elapsed)
    {
        // Never more than one second's worth at once, however late this turn comes.
        cluster.MoveCredit = Math.Min(cluster.MoveCredit + (rate * elapsed.TotalSeconds), rate);
        foreach (var (node, load) in nodes.OrderByDescending(node => node.Load))
        {
            var excess = (int)((load - mean) * node.Weight) - node.State.Connections.Moving;
            var moved = mover.Move(node.State, Math.Min(excess, (int)cluster.MoveCredit));
            cluster.MoveCredit -= moved;
        }
    }
}
