using Proxy.Configuration;
using Proxy.Nodes.Tls;
using Yarp.ReverseProxy.Model;

namespace Proxy.Nodes;

/// <summary>A hub node as one snapshot sees it. Immutable but for <see cref="Metrics"/>, which are read live.</summary>
public sealed class GatewayNode
{
    internal GatewayNode(NodeState state, DestinationState destination, NodeOptions options, NodeLifecycle lifecycle, bool online)
    {
        State = state;
        Destination = destination;
        Options = options;
        Lifecycle = lifecycle;
        Online = online;
        TakesNew = online && !state.IsRebalancedAway;
        DestinationList = [destination];
    }

    /// <summary>The node's name; YARP's destination id.</summary>
    public string Name => Destination.DestinationId;

    /// <summary>The node's address.</summary>
    public string Address => Destination.Model.Config.Address;

    public EndpointType EndpointType => Options.EndpointType;

    /// <summary>Relative share of new connections, 1 to 1000.</summary>
    public int Weight => Options.Weight;

    public NodeLifecycle Lifecycle { get; }

    /// <summary>Open, and neither probes nor recent failures speak against it.</summary>
    public bool Online { get; }

    /// <summary>The node's load at this moment.</summary>
    public NodeMetrics Metrics => State.ReadMetrics(Options.ConnectionCapacity, Destination.ConcurrentRequestCount);

    /// <summary>Online, and not being relieved of connections.</summary>
    internal bool TakesNew { get; }

    /// <summary>The weight under slow start: grows from nothing to <see cref="Weight"/> after the node was opened.</summary>
    internal double ShareWeight => Weight * State.SlowStartShare;

    /// <summary>Of the nodes that a name could mean, the one with the least has it: neither a node that is on its way in nor one that is on its way out takes a
    /// name away from the node that has it now.</summary>
    internal int Precedence => State.Drain is { Origin: DrainOrigin.Removal } ? 2 : Lifecycle is NodeLifecycle.Staging ? 1 : 0;

    internal NodeState State { get; }

    internal DestinationState Destination { get; }

    /// <summary>The destination alone, in the form that YARP takes.</summary>
    internal IReadOnlyList<DestinationState> DestinationList { get; }

    internal NodeOptions Options { get; }

    /// <summary>How TLS is spoken to the node; <see langword="null"/> for an <c>http</c> address.</summary>
    internal NodeTls? Tls { get; init; }

    internal string AffinityKey => Options.AffinityKey ?? Name;
}
