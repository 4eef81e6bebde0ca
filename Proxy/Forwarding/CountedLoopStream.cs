using System.Runtime.Versioning;
using EventLoops;
using Proxy.Nodes;

namespace Proxy.Forwarding;

/// <summary>A connection on an event loop, which is counted for its node until it is closed.</summary>
[SupportedOSPlatform("linux")]
internal sealed class CountedLoopStream : LoopStream
{
    private NodeState? _node;

    public CountedLoopStream(LoopSocket socket, NodeState? node)
        : base(socket)
    {
        _node = node;
        node?.AddTcpConnections(1);
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        Interlocked.Exchange(ref _node, null)?.AddTcpConnections(-1);
    }
}
