namespace Proxy.Nodes;

/// <summary>What speaks for or against a node, apart from YARP's own health flags that it is turned into.</summary>
internal sealed class NodeHealth
{
    private readonly NegotiateBreaker _breaker = new();

    /// <summary>Good probes in a row; written by the node's probe loop only.</summary>
    public int GoodProbes { get; set; }

    /// <summary>Failed probes in a row; written by the node's probe loop only.</summary>
    public int FailedProbes { get; set; }

    /// <summary>Time-outs among them, without a break; written by the node's probe loop only.</summary>
    public int TimedOutProbes { get; set; }

    /// <summary>Timestamp of the first of these.</summary>
    public long TimedOutSince { get; set; }

    /// <summary>Why the last failed probe failed, for diagnostics.</summary>
    public string? LastProbeError { get; set; }

    /// <summary>Timestamp at which a passive mark ends by itself; <see langword="null"/>: the next good probe ends it.</summary>
    public long? PassiveUntil { get; set; }

    /// <summary>Counts a negotiate that met a reset, a time-out or a 502, 503 or 504.</summary>
    /// <returns>Whether the node has to be kept out for <see cref="NegotiateBreaker.Break"/> now.</returns>
    public bool NegotiateFailed(TimeProvider time) => _breaker.Failed(time);

    public void NegotiateSucceeded() => _breaker.Succeeded();
}
