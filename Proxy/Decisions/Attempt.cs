using Proxy.Clusters;
using Proxy.Connections;
using Proxy.Nodes;
using Yarp.ReverseProxy.Forwarder;

namespace Proxy.Decisions;

/// <summary>One try to have one node answer a request. Another node is another attempt.</summary>
/// <param name="node">The node that is tried.</param>
/// <param name="limit">What can end the attempt before the node has answered, or <see langword="null"/>.</param>
/// <param name="lease">The place among the connections that are being opened on the node, or <see langword="null"/> for a request that needs none.</param>
internal sealed class Attempt(GatewayNode node, AttemptLimit? limit = null, NegotiateLease? lease = null)
{
    public GatewayNode Node => node;

    public AttemptLimit? Limit => limit;

    public NegotiateLease? Lease => lease;

    /// <summary>Cancelled when the node, which was there when the attempt began, has fallen silent.</summary>
    public CancellationToken Silent { get; } = node.State.Silent.Token;

    /// <summary>A deadline, or the node's silence, has ended the attempt.</summary>
    public bool TimedOut => limit?.TimedOut ?? Silent.IsCancellationRequested;

    /// <summary>The connection that the attempt is counted for while it is open, or <see langword="null"/>.</summary>
    public Connection? Connection { get; set; }

    /// <summary>Status of the node's answer; 0: the node has not answered.</summary>
    public int NodeStatus { get; private set; }

    /// <summary>What YARP's forwarder, or the gateway's for WebSockets, has come to.</summary>
    public ForwarderError Error { get; set; }

    /// <summary>What has to be done with the answer, or without one; <see langword="null"/> while that is not decided.</summary>
    public Verdict? Verdict { get; set; }

    /// <summary>The head of the node's answer is there.</summary>
    /// <param name="status">Its status.</param>
    /// <param name="isOpen">The answer is complete as far as the deadline is concerned: a tunnel or a long body must not be ended by it.</param>
    public void Answered(int status, bool isOpen)
    {
        NodeStatus = status;
        lease?.Dispose(); // not with the attempt's end: a tunnel may last for days
        limit?.Answered(isOpen);
    }
}
