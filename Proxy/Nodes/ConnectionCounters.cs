using Proxy.Requests;

namespace Proxy.Nodes;

/// <summary>Live logical connections of one node by transport.</summary>
internal sealed class ConnectionCounters
{
    private int _webSockets;
    private int _serverSentEvents;
    private int _longPolling;
    private int _negotiated;
    private int _known;
    private int _moving;

    public int WebSockets => Volatile.Read(ref _webSockets);

    public int ServerSentEvents => Volatile.Read(ref _serverSentEvents);

    public int LongPolling => Volatile.Read(ref _longPolling);

    /// <summary>Negotiated, not yet connected.</summary>
    public int Negotiated => Volatile.Read(ref _negotiated);

    public int Total => WebSockets + ServerSentEvents + LongPolling + Negotiated;

    /// <summary>Every id that may still come back to the node, such as a WebSocket that may reconnect statefully; what a drain waits for.</summary>
    public int Known => Volatile.Read(ref _known);

    /// <summary>Asked to move, still here.</summary>
    public int Moving => Volatile.Read(ref _moving);

    public void AddMoving(int by) => Interlocked.Add(ref _moving, by);

    public void AddKnown(int by) => Interlocked.Add(ref _known, by);

    public void Add(Transport transport, int by)
    {
        switch (transport)
        {
            case Transport.WebSockets:
                Interlocked.Add(ref _webSockets, by);
                break;
            case Transport.ServerSentEvents:
                Interlocked.Add(ref _serverSentEvents, by);
                break;
            case Transport.LongPolling:
                Interlocked.Add(ref _longPolling, by);
                break;
            default:
                Interlocked.Add(ref _negotiated, by);
                break;
        }
    }
}
