using Proxy.Requests;

namespace Proxy.Nodes;

/// <summary>Which process answers at a node's address, by the boot id that its answers carry.</summary>
internal sealed class NodeProcess(TimeProvider time)
{
    private const int MaxFormerBootIds = 16;

    private readonly Lock _gate = new();
    private readonly Queue<string> _formerBootIds = [];
    private volatile string? _bootId;
    private volatile int _incarnation;
    private long _restartedAt;
    private long _bootIdSeenAt;
    private long _formerSeenAt;

    /// <summary>The boot id that the node said last, or <see langword="null"/>.</summary>
    public string? BootId => _bootId;

    /// <summary>Counts the restarts that the gateway has seen. A connection remembers the number of its time.</summary>
    public int Incarnation => _incarnation;

    /// <summary>Timestamp at which the former process was last known to run. Where only probes tell the boot id, a connection that was made later may be the
    /// new process's.</summary>
    public long FormerSeenAt => Volatile.Read(ref _formerSeenAt);

    /// <summary>The process was restarted, and requests may still ask for ids of the former one.</summary>
    public bool HasOrphans => _incarnation > 0 && time.GetElapsedTime(Volatile.Read(ref _restartedAt)) < ConnectionLifetimes.Longest;

    /// <summary>Takes in the boot id of an answer.</summary>
    /// <returns>Whether this is the first answer of a new process.</returns>
    public bool TakeBootId(string bootId)
    {
        if (string.Equals(_bootId, bootId, StringComparison.Ordinal))
        {
            Volatile.Write(ref _bootIdSeenAt, time.GetTimestamp());
            return false;
        }

        lock (_gate)
        {
            // An answer that was under way when its process ended tells nothing new. Neither do processes that take turns at one address.
            if (string.Equals(_bootId, bootId, StringComparison.Ordinal) || _formerBootIds.Contains(bootId))
            {
                return false;
            }

            var isRestart = _bootId is not null;
            if (isRestart)
            {
                _formerBootIds.Enqueue(_bootId!);
                if (_formerBootIds.Count > MaxFormerBootIds)
                {
                    _formerBootIds.Dequeue();
                }

                Volatile.Write(ref _restartedAt, time.GetTimestamp());
                Volatile.Write(ref _formerSeenAt, Volatile.Read(ref _bootIdSeenAt) + (time.TimestampFrequency / 10)); // no process restarts within 100 ms
                _incarnation++; // before the id: a request that sees the new id must bind to the new process
            }

            Volatile.Write(ref _bootIdSeenAt, time.GetTimestamp());
            _bootId = bootId;
            return isRestart;
        }
    }
}
