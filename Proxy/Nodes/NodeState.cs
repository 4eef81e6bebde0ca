using System.Diagnostics.CodeAnalysis;
using System.Threading.RateLimiting;
using Proxy.Configuration;
using Proxy.Requests;
using Yarp.ReverseProxy.Model;

namespace Proxy.Nodes;

/// <summary>A node's identity: what survives reloads and renames. Snapshots point here; counters live here.</summary>
[SuppressMessage("Design", "CA1001", Justification = "Neither source has a timer or a wait handle; requests may still hold them when the node goes.")]
internal sealed class NodeState(string clusterId, string name)
{
    private const int MostFormerBootIds = 16;

    /// <summary>However many requests ask for a probe, there is a pause between two.</summary>
    private static readonly TimeSpan LeastPause = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly Queue<string> _formerBootIds = [];
    private volatile string? _bootId;
    private volatile int _incarnation;
    private long _restartedAt;
    private long _bootIdSeenAt;
    private long _formerSeenAt;
    private int _opening;
    private CancellationTokenSource _offline = new();
    private CancellationTokenSource _silent = new();
    private long _lastHeardAt;
    private readonly SemaphoreSlim _probeSoon = new(0);
    private volatile NodeReport? _report;
    private volatile Tuple<int, ConcurrencyLimiter>? _negotiates;

    public string ClusterId { get; } = clusterId;

    /// <summary>The current name; a rename changes it.</summary>
    public string Name { get; set; } = name;

    /// <summary>Where the node was last; together with its type it is recognised by this under another name.</summary>
    public string Address { get; set; } = "";

    public EndpointType EndpointType { get; set; }

    /// <summary>The last verdict of the probes, carried over a rename.</summary>
    public DestinationHealth LastActiveHealth { get; set; }

    /// <summary>The last word of real requests, carried over a rename.</summary>
    public DestinationHealth LastPassiveHealth { get; set; }

    /// <summary>Every affinity key that the node has had: a renamed node answers to its old tags until it is gone.</summary>
    public HashSet<string> AffinityKeys { get; } = new(StringComparer.Ordinal);

    public ConnectionCounters Connections { get; } = new();

    /// <summary>Passed probes and marks; written by the prober and by forwarding.</summary>
    public NodeHealth Health { get; } = new();

    public NodeLifecycle Lifecycle { get; set; } = NodeLifecycle.Open;

    /// <summary>Timestamp at which the node entered its present life-cycle state.</summary>
    public long LifecycleSince { get; set; }

    /// <summary>What an operator or a reload asked for, while the node drains.</summary>
    public DrainState? Drain { get; set; }

    /// <summary>What the node last said of itself, or <see langword="null"/>.</summary>
    public NodeReport? Report
    {
        get => _report;
        set => _report = value;
    }

    /// <summary>How long a report counts; three probe intervals.</summary>
    public TimeSpan ReportLifetime { get; set; }

    /// <summary>Its ids are refused from now on: a drain ran out of time.</summary>
    public bool IdsForgotten { get; set; }

    /// <summary>Gets no new connections while others are moved off it.</summary>
    public bool Sheds { get; set; }

    /// <summary>It has left the configuration, and goes on until the nodes that were added take connections.</summary>
    public bool WaitsToLeave { get; set; }

    /// <summary>Its process was started anew while ids of the former one may still be asked for.</summary>
    public bool HasOrphans => _incarnation > 0 && Time.GetElapsedTime(Volatile.Read(ref _restartedAt)) < ConnectionLifetimes.Longest;

    /// <summary>Counts the restarts of its process that the gateway has seen; connections are made with the number of their time.</summary>
    public int Incarnation => _incarnation;

    /// <summary>Timestamp at which the former process was last heard to run. Where only probes tell the boot id, what was made later may be the new one's.</summary>
    public long FormerSeenAt => Volatile.Read(ref _formerSeenAt);

    /// <summary>The boot id that the node said last.</summary>
    public string? BootId => _bootId;

    /// <summary>Connections that are being opened on it, waiting ones too.</summary>
    public int Opening => Volatile.Read(ref _opening);

    public void AddOpening(int by) => Interlocked.Add(ref _opening, by);

    /// <summary>Takes in the boot id of an answer.</summary>
    /// <returns>Whether it is the first word of a new process.</returns>
    public bool TakeBootId(string bootId)
    {
        if (string.Equals(_bootId, bootId, StringComparison.Ordinal))
        {
            Volatile.Write(ref _bootIdSeenAt, Time.GetTimestamp());
            return false;
        }

        lock (_gate)
        {
            // An answer that was under way when its process ended says nothing new; nor do processes that take turns at one address.
            if (string.Equals(_bootId, bootId, StringComparison.Ordinal) || _formerBootIds.Contains(bootId))
            {
                return false;
            }

            var isRestart = _bootId is not null;
            if (isRestart)
            {
                _formerBootIds.Enqueue(_bootId!);
                if (_formerBootIds.Count > MostFormerBootIds)
                {
                    _formerBootIds.Dequeue();
                }

                Volatile.Write(ref _restartedAt, Time.GetTimestamp());
                Volatile.Write(ref _formerSeenAt, Volatile.Read(ref _bootIdSeenAt) + (Time.TimestampFrequency / 10)); // nobody restarts within 100 ms
                _incarnation++; // before the id: whoever sees the id must bind to the new process
            }

            Volatile.Write(ref _bootIdSeenAt, Time.GetTimestamp());
            _bootId = bootId;
            return isRestart;
        }
    }

    /// <summary>Lets so many connections be opened on the node at once.</summary>
    public ConcurrencyLimiter Negotiates(int permits)
    {
        if (_negotiates is { } current && current.Item1 == permits)
        {
            return current.Item2;
        }

        lock (_gate)
        {
            if (_negotiates is { } made && made.Item1 == permits)
            {
                return made.Item2; // by who came first: two limiters would let twice as many through
            }

            // Leases of the former limiter go back to it; only the limit is new.
            var limiter = new ConcurrencyLimiter(new ConcurrencyLimiterOptions
            {
                PermitLimit = permits,
                QueueLimit = int.MaxValue,
                QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
            });
            _negotiates = Tuple.Create(permits, limiter);
            return limiter;
        }
    }

    /// <summary>How long the node's share grows after it was opened; zero = it was there from the start, or has grown up.</summary>
    public TimeSpan SlowStart { get; set; }

    /// <summary>From 0.01 to 1.</summary>
    public double SlowStartShare => SlowStart <= TimeSpan.Zero ? 1 : Math.Clamp(Time.GetElapsedTime(LifecycleSince) / SlowStart, 0.01, 1);

    public required TimeProvider Time { get; init; }

    /// <summary>Cancelled when probes take the node out: attempts to open a connection there are given up and made elsewhere.</summary>
    public CancellationToken Offline
    {
        get
        {
            lock (_gate)
            {
                return _offline.Token;
            }
        }
    }

    /// <summary>Asks for a probe now: a real request has met something odd.</summary>
    public void ProbeSoon()
    {
        if (_probeSoon.CurrentCount == 0)
        {
            _probeSoon.Release();
        }
    }

    /// <summary>Waits until the next probe is due.</summary>
    /// <returns>When the pause is over, or somebody called <see cref="ProbeSoon"/>.</returns>
    public async Task WaitForProbeAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        if (pause <= TimeSpan.Zero)
        {
            return;
        }

        if (pause > LeastPause)
        {
            await Task.Delay(LeastPause, Time, cancellationToken);
            pause -= LeastPause;
        }

        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var asked = _probeSoon.WaitAsync(cancelled.Token);
        await Task.WhenAny(asked, Task.Delay(pause, Time, cancelled.Token));
        await cancelled.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Timestamp at which the node last said anything on any connection.</summary>
    public long LastHeardAt => Volatile.Read(ref _lastHeardAt);

    public void Heard() => Volatile.Write(ref _lastHeardAt, Time.GetTimestamp());

    /// <summary>Cancelled when the node has fallen silent: sends that wait for it are given up.</summary>
    public CancellationToken Silent
    {
        get
        {
            lock (_gate)
            {
                return _silent.Token;
            }
        }
    }

    public void SignalSilent()
    {
        CancellationTokenSource signalled;
        lock (_gate)
        {
            signalled = _silent;
            _silent = new CancellationTokenSource();
        }

        signalled.Cancel();
    }

    public void SignalOffline()
    {
        CancellationTokenSource signalled;
        lock (_gate)
        {
            signalled = _offline;
            _offline = new CancellationTokenSource();
        }

        signalled.Cancel(); // not disposed: requests may still hold its token, and it has no timer to release
    }

    /// <summary>Whether a report is young enough to count.</summary>
    public bool IsFresh(NodeReport report) => Time.GetElapsedTime(report.At) < ReportLifetime;

    /// <summary>The node's load; a fresh report beats what is counted here.</summary>
    /// <remarks>
    /// To a report is added what this gateway has seen change since: a burst between two probes must not go to one node because the last report
    /// praised it. It is never less than what is counted here, some of which the node may not have known yet. Connections that are being opened
    /// count, or the first moment of a storm would overrun a node.
    /// </remarks>
    public NodeMetrics ReadMetrics(int configuredCapacity, int inFlight)
    {
        var counted = Connections.Total;
        if (_report is not { } report || !IsFresh(report))
        {
            return new NodeMetrics(counted + Opening, configuredCapacity, inFlight, IsReported: false);
        }

        var clients = report.ClientConnectionCount is { } reported ? Math.Max(reported + counted - (report.CountedThen ?? counted), counted) : counted;
        var capacity = report.ConnectionCapacity is > 0 and var reportedCapacity ? reportedCapacity : configuredCapacity; // 0: the node does not know
        return new NodeMetrics(clients + Opening, capacity, inFlight, report.ClientConnectionCount is not null)
        {
            IsCapacityReported = report.ConnectionCapacity is > 0,
        };
    }
}
