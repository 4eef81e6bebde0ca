using Proxy.Connections;
using Proxy.Decisions;
using Proxy.Nodes;

namespace Proxy.Forwarding.Tunnels;

/// <summary>An open WebSocket on its way through the gateway: what has passed, where in its frames each direction stands, and when it may be closed.</summary>
/// <remarks>
/// A close puts SignalR's Close message, where the protocol is known, and a close frame into the direction to the client, between two messages; nothing
/// follows the close frame. The client's own close frame then ends the node's side as usual. The client has <see cref="ClientCloseTimeout"/> to answer, and the
/// node <see cref="NodeCloseTimeout"/> after that. A node that has sent a close frame by itself has said all that is to be said.
/// </remarks>
/// <param name="hasExtensions">An extension such as compression was agreed on: payloads cannot be read.</param>
/// <param name="node">The node that the tunnel leads to.</param>
/// <param name="connection">The logical connection that is carried, or <see langword="null"/>.</param>
/// <param name="time">The clock.</param>
internal abstract class Tunnel(bool hasExtensions, NodeState node, Connection? connection, TimeProvider time) : ClosableTransfer(time)
{
    /// <summary>How long nothing may pass once one side has ended.</summary>
    public static readonly TimeSpan HalfClosedLimit = TimeSpan.FromSeconds(10);

    /// <summary>How long the node has for its own end once the client has said its last.</summary>
    protected static readonly TimeSpan NodeCloseTimeout = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan ClientCloseTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Status 1001, "going away": an endpoint goes down (RFC 6455 7.4.1). 1012 would say it better, but .NET's client does not accept it.</summary>
    private static readonly byte[] GoingAway = [0x88, 2, 0x03, 0xE9];

    /// <summary>Status 1000, as ASP.NET Core sends it behind SignalR's Close message.</summary>
    /// <remarks>
    /// Any other status is an error to SignalR's .NET client, which often sees it before it has read the Close message, and then tells the application of it.
    /// </remarks>
    private static readonly byte[] NormalClosure = [0x88, 2, 0x03, 0xE8];

    private FrameTracker _fromClient = new();
    private FrameTracker _fromNode = new();
    private HubProtocolSniffer _sniffer;
    private long _lastActivity = time.GetTimestamp();
    private long _bytesFromClient;
    private long _bytesToClient;
    private volatile bool _hasSentClose;

    /// <summary>Time since anything has passed.</summary>
    public TimeSpan Idle => Time.GetElapsedTime(Volatile.Read(ref _lastActivity));

    /// <summary>The node has sent a close frame, as a node does that ends a connection on purpose.</summary>
    public bool HasNodeClosed => _fromNode.IsClosed;

    /// <summary>Whole messages from the client, and to it.</summary>
    public (long FromClient, long ToClient) Messages => (_fromClient.Messages, _fromNode.Messages);

    /// <summary>Bytes from the client, and to it; frames' headers included.</summary>
    /// <remarks>Bytes and messages are counted before they are passed on, so that they are counted when they arrive.</remarks>
    public (long FromClient, long ToClient) Bytes => (Volatile.Read(ref _bytesFromClient), Volatile.Read(ref _bytesToClient));

    /// <summary>One side has ended its direction; the other has not yet.</summary>
    public virtual bool IsHalfClosed => false;

    /// <summary>The node that the tunnel leads to.</summary>
    public NodeState Node => node;

    /// <summary>The logical connection that is carried, or <see langword="null"/>.</summary>
    public Connection? Connection => connection;

    /// <summary>The close frame is with the client, or on its way: nothing that the node sends may follow it.</summary>
    protected bool HasSentClose => _hasSentClose;

    /// <summary>Takes the frames that close the WebSocket at the client, if a close was asked for and they may be put in now. They are given once.</summary>
    protected byte[]? TakeCloseFrames()
    {
        if (!IsCloseRequested || _hasSentClose || HasNodeClosed || !_fromNode.IsAtBoundary)
        {
            return null;
        }

        _hasSentClose = true;
        SetEnd(TunnelEnd.Moved);
        LimitTo(ClientCloseTimeout);
        return hasExtensions || _sniffer.CloseFrame.IsEmpty ? GoingAway : [.. _sniffer.CloseFrame, .. NormalClosure];
    }

    /// <summary>Takes in what the client has sent, before it is passed on.</summary>
    protected void ReadFromClient(ReadOnlySpan<byte> bytes)
    {
        Volatile.Write(ref _lastActivity, Time.GetTimestamp());
        Volatile.Write(ref _bytesFromClient, _bytesFromClient + bytes.Length);
        connection?.AddBytes(bytes.Length, 0);
        var hadClosed = _fromClient.IsClosed;
        while (!bytes.IsEmpty)
        {
            var consumed = _fromClient.Read(bytes, out var payload);
            if (!hasExtensions)
            {
                _sniffer.FromClient(payload, _fromClient.Mask, _fromClient.PayloadOffset);
            }

            bytes = bytes[consumed..];
        }

        if (_hasSentClose && !hadClosed && _fromClient.IsClosed)
        {
            LimitTo(NodeCloseTimeout); // the client has answered; a node that hangs must not keep it waiting
        }
    }

    /// <summary>Takes in what the node has sent, before it is passed on; frames are followed, not cut.</summary>
    /// <param name="bytes">Not empty.</param>
    /// <returns>How much of it the client is to get before <see cref="TakeCloseFrames"/> is asked.</returns>
    protected int ReadFromNode(ReadOnlySpan<byte> bytes)
    {
        var isClosing = IsCloseRequested;
        var length = 0;
        do
        {
            length += _fromNode.Read(bytes[length..], out var payload);
            if (!hasExtensions)
            {
                _sniffer.FromNode(payload);
            }
        }
        while (length < bytes.Length && !(isClosing && _fromNode.IsAtBoundary));

        Volatile.Write(ref _bytesToClient, _bytesToClient + length); // each direction has one writer
        connection?.AddBytes(0, length);
        return length;
    }

    /// <summary>Notes that bytes of the node have arrived.</summary>
    protected void RecordNodeActivity()
    {
        Volatile.Write(ref _lastActivity, Time.GetTimestamp());
        node.RecordActivity();
    }
}
