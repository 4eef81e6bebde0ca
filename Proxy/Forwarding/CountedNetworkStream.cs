using System.Net.Sockets;
using Proxy.Nodes;

namespace Proxy.Forwarding;

/// <summary>A connection by a socket of .NET, which is counted for its node until it is closed.</summary>
internal sealed class CountedNetworkStream : NetworkStream
{
    private NodeState? _node;

    public CountedNetworkStream(Socket socket, NodeState? node)
        : base(socket, ownsSocket: true)
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
