namespace Proxy.Nodes;

/// <summary>What speaks for or against a node, apart from YARP's own health flags that it is turned into.</summary>
internal sealed class NodeHealth
{
    /// <summary>How long a node is kept out whose negotiates failed in a row: its probes are fine, so only real requests can tell when it works
    /// again.</summary>
    public static readonly TimeSpan Break = TimeSpan.FromSeconds(10);

    /// <summary>Two failures that lie further apart are not in a row.</summary>
    private static readonly TimeSpan MaxFailureGap = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private long? _firstFailure;
    private long? _brokenAt;

    /// <summary>Good probes in a row; written by the node's probe loop only.</summary>
    public int GoodProbes { get; set; }

    /// <summary>Failed probes in a row; written by the node's probe loop only.</summary>
    public int FailedProbes { get; set; }

    /// <summary>Failed probes in a row that got no answer in time; written by the node's probe loop only.</summary>
    public int TimedOutProbes { get; set; }

    /// <summary>Timestamp of the first of these.</summary>
    public long TimedOutSince { get; set; }

    /// <summary>Why the last failed probe failed, for diagnostics.</summary>
    public string? LastProbeError { get; set; }

    /// <summary>Timestamp at which a passive verdict ends by itself; <see langword="null"/>: the next good probe ends it.</summary>
    public long? PassiveUntil { get; set; }

    /// <summary>Counts a negotiate that met a reset, a time-out or a 502, 503 or 504.</summary>
    /// <remarks>
    /// Two failures in a row break the node; a single application error never does. Afterwards one more failure breaks it again, until a negotiate has
    /// succeeded.
    /// This only judges: the snapshot decides which node gets a request, since a broken node that is the last one must still be used.
    /// </remarks>
    /// <returns>Whether the node has to be kept out for <see cref="Break"/> now.</returns>
    public bool NegotiateFailed(TimeProvider time)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            if (_brokenAt is { } brokenAt)
            {
                if (time.GetElapsedTime(brokenAt, now) < Break)
                {
                    return false; // a request that was under way when the node broke
                }
            }
            else if (_firstFailure is not { } first || time.GetElapsedTime(first, now) >= MaxFailureGap)
            {
                _firstFailure = now;
                return false;
            }

            _brokenAt = now;
            return true;
        }
    }

    /// <summary>A negotiate was answered.</summary>
    public void NegotiateSucceeded()
    {
        lock (_gate)
        {
            (_firstFailure, _brokenAt) = (null, null);
        }
    }
}
