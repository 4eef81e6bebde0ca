namespace Proxy.Nodes;

/// <summary>Load of a node as the gateway knows it at this moment.</summary>
/// <param name="ClientConnectionCount">Logical client connections: reported by the node, or counted here.</param>
/// <param name="ConnectionCapacity">How many it can hold; 0 = unknown.</param>
/// <param name="InFlight">Requests of any kind that are being forwarded to it.</param>
/// <param name="IsReported">Whether the first is the node's own, recent report.</param>
public readonly record struct NodeMetrics(int ClientConnectionCount, int ConnectionCapacity, int InFlight, bool IsReported)
{
    /// <summary>Whether the capacity is the node's own, recent report.</summary>
    public bool IsCapacityReported { get; init; }
}
