using Proxy.Configuration;
using Yarp.ReverseProxy.Model;

namespace Proxy.Nodes;

/// <summary>A node's identity: what survives reloads and renames. Every snapshot points to it, and it holds what is counted for the node.</summary>
internal sealed class NodeState(string clusterId, string name, TimeProvider time)
{
    private readonly ProbeSchedule _probes = new(time);
    private volatile NodeReport? _report;
    private int _opening;
    private int _redirects;
    private int _tcpConnections;
    private long _lastActivityAt;

    public string ClusterId { get; } = clusterId;

    /// <summary>The current name; a rename changes it.</summary>
    public string Name { get; set; } = name;

    /// <summary>Where the node was last. Under another name it is recognised by its address and type.</summary>
    public string Address { get; set; } = "";

    public EndpointType EndpointType { get; set; }

    /// <summary>Every affinity key that the node has had: a renamed node answers to its old tags until it is gone.</summary>
    public HashSet<string> AffinityKeys { get; } = new(StringComparer.Ordinal);

    public NodeLifecycle Lifecycle { get; set; } = NodeLifecycle.Open;

    /// <summary>Timestamp at which the node entered its present life-cycle state.</summary>
    public long LifecycleSince { get; set; }

    /// <summary>The drain that is going on, or <see langword="null"/>.</summary>
    public DrainState? Drain { get; set; }

    /// <summary>The node has left the configuration, and stays open until the nodes that were added take connections.</summary>
    public bool WaitsToLeave { get; set; }

    /// <summary>The node's ids are refused from now on, because a drain ran out of time.</summary>
    public bool IdsForgotten { get; set; }

    /// <summary>The rebalancing moves connections off the node, which gets no new ones meanwhile.</summary>
    public bool IsRebalancedAway { get; set; }

    /// <summary>How long the node's share grows after it was opened; zero: it has its whole share at once.</summary>
    public TimeSpan SlowStart { get; set; }

    /// <summary>The part of its share that the node gets now, from 0.01 to 1.</summary>
    public double SlowStartShare => SlowStart <= TimeSpan.Zero ? 1 : Math.Clamp(time.GetElapsedTime(LifecycleSince) / SlowStart, 0.01, 1);

    /// <summary>Results of probes and of real requests.</summary>
    public NodeHealth Health { get; } = new();

    /// <summary>YARP's active health, as the probes set it last; it is carried over a rename.</summary>
    public DestinationHealth LastActiveHealth { get; set; }

    /// <summary>YARP's passive health, as real requests set it last; it is carried over a rename.</summary>
    public DestinationHealth LastPassiveHealth { get; set; }

    /// <summary>The process that answers at the node's address.</summary>
    public NodeProcess Process { get; } = new(time);

    /// <summary>Cancelled when probes take the node out: attempts to open a connection there are given up and made on another node.</summary>
    public RenewableCancellation Offline { get; } = new();

    /// <summary>Cancelled when the node has fallen silent: sends that wait for its answer are given up.</summary>
    public RenewableCancellation Silent { get; } = new();

    /// <summary>Timestamp at which a byte of the node last arrived, on any connection.</summary>
    public long LastActivityAt => Volatile.Read(ref _lastActivityAt);

    public ConnectionCounters Connections { get; } = new();

    /// <summary>Connections that are being opened on the node, those that wait for a place included.</summary>
    public int Opening => Volatile.Read(ref _opening);

    /// <summary>Clients that were sent to the node to talk to it directly. The gateway sees no more of them than the node reports.</summary>
    public int Redirects => Volatile.Read(ref _redirects);

    /// <summary>What a drain waits for: the ids that may still come back, and where clients were sent to the node, the connections that it reports.</summary>
    public int Remaining =>
        Redirects > 0 && _report is { ClientConnectionCount: { } reported } report && IsFresh(report)
            ? Math.Max(Connections.Known, reported)
            : Connections.Known;

    /// <summary>TCP connections to the node that are open for requests and WebSockets of clients. Those of probes are not among them.</summary>
    public int TcpConnections => Volatile.Read(ref _tcpConnections);

    /// <summary>What the node last reported of itself, or <see langword="null"/>.</summary>
    public NodeReport? Report
    {
        get => _report;
        set => _report = value;
    }

    /// <summary>How long a report counts: three probe intervals.</summary>
    public TimeSpan ReportLifetime { get; set; }

    /// <summary>What this gateway has seen come to the node: its connections, and the clients that it has sent there.</summary>
    public int Counted => Connections.Total + Redirects;

    public void AddOpening(int by) => Interlocked.Add(ref _opening, by);

    public void Redirected() => Interlocked.Increment(ref _redirects);

    public void AddTcpConnections(int by) => Interlocked.Add(ref _tcpConnections, by);

    public void RecordActivity() => Volatile.Write(ref _lastActivityAt, time.GetTimestamp());

    /// <summary>Asks for a probe now, because a real request met something odd.</summary>
    public void ProbeSoon() => _probes.Request();

    /// <inheritdoc cref="ProbeSchedule.WaitAsync"/>
    public Task WaitForProbeAsync(TimeSpan pause, CancellationToken cancellationToken) => _probes.WaitAsync(pause, cancellationToken);

    /// <summary>Whether a report is young enough to count.</summary>
    public bool IsFresh(NodeReport report) => time.GetElapsedTime(report.At) < ReportLifetime;

    /// <summary>The node's load; a fresh report beats what is counted here.</summary>
    /// <remarks>
    /// What this gateway has seen change since a report is added to it: a burst between two probes must not go to one node because the last report was low.
    /// The load is never less than what is counted here, since the node may not have known all of it yet. Connections that are being opened
    /// count, or the first moment of a storm would overrun a node.
    /// </remarks>
    public NodeMetrics ReadMetrics(int configuredCapacity, int inFlight)
    {
        var counted = Counted;
        if (_report is not { } report || !IsFresh(report))
        {
            return new NodeMetrics(counted + Opening, configuredCapacity, inFlight, IsReported: false);
        }

        var clients = report.ClientConnectionCount is { } reported
            ? Math.Max(reported + counted - (report.CountedThen ?? counted), Connections.Total)
            : counted;
        var capacity = report.ConnectionCapacity is > 0 and var reportedCapacity ? reportedCapacity : configuredCapacity; // 0: the node does not know
        return new NodeMetrics(clients + Opening, capacity, inFlight, report.ClientConnectionCount is not null)
        {
            IsCapacityReported = report.ConnectionCapacity is > 0,
        };
    }
}
