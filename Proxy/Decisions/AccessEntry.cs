using Proxy.Outcomes;

namespace Proxy.Decisions;

/// <summary>What the access line of a request will say; made only when the access log is on.</summary>
/// <param name="Since">When the request was decided about.</param>
/// <param name="StartedAt">The same as a timestamp.</param>
internal sealed record AccessEntry(DateTimeOffset Since, long StartedAt)
{
    /// <summary>Why the gateway has answered by itself in the end; <see langword="null"/>: a node has answered.</summary>
    public RoutingOutcome? Refusal { get; set; }

    public long BytesIn { get; private set; }

    public long BytesOut { get; private set; }

    /// <summary>Which side ended the tunnel or the event stream, and how; <see langword="null"/>: the request was neither.</summary>
    public string? End { get; private set; }

    /// <summary>The line is written at the end of the tunnel, which outlives the request.</summary>
    public bool IsDeferred { get; set; }

    /// <summary>A tunnel or an event stream has ended.</summary>
    public void Ended(TunnelEnd end, long bytesIn, long bytesOut)
    {
        (BytesIn, BytesOut) = (bytesIn, bytesOut);
        End = end switch
        {
            TunnelEnd.Client => "client",
            TunnelEnd.Node => "node",
            TunnelEnd.ClientError => "client, broken off",
            TunnelEnd.NodeError => "node, broken off",
            TunnelEnd.Idle => "gateway, idle",
            _ => "gateway, moved",
        };
    }
}
