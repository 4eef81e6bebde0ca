using Proxy.Connections;
using Proxy.Decisions;
using Proxy.Nodes;


namespace Proxy.Forwarding.Tunnels;

/// <summary>An open WebSocket on its way through the gateway: what has passed, and where in its frames each direction stands.</summary>
/// <param name="hasExtensions">An extension such as compression was agreed on: payloads cannot be read.</param>
/// <param name="state">The node, which is told that it was heard of.</param>
/// <param name="connection">Counts the bytes, or <see langword="null"/>.</param>
/// <param name="time">The clock.</param>
internal abstract class Tunnel(bool hasExtensions, NodeState state, Connection? connection, TimeProvider time) : IClosable
{
    /// <summary>How long nothing may pass once one side has ended.</summary>
    public static readonly TimeSpan HalfClosedLimit = TimeSpan.FromSeconds(10);

    /// <summary>How long a client may take to answer the close frame.</summary>
    protected static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(5);

    /// <summary>How long a node may take to answer the client's close frame.</summary>
    protected static readonly TimeSpan NodeCloseTimeout = TimeSpan.FromSeconds(1);

    /// <summary>How long a close waits for the end of the message that is passing; a client that does not read would never let it come.</summary>
    protected static readonly TimeSpan BoundaryTimeout = TimeSpan.FromSeconds(30);

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

    /// <summary>Time since anything has passed.</summary>
    public TimeSpan Idle => time.GetElapsedTime(Volatile.Read(ref _lastActivity));

    /// <summary>The node has sent a close frame, as one does that ends a connection on purpose.</summary>
    public bool HasNodeClosed => _fromNode.IsClosed;

    /// <summary>Whole messages from the client, and to it.</summary>
    public (long FromClient, long ToClient) Messages => (_fromClient.Messages, _fromNode.Messages);

    /// <summary>Bytes from the client, and to it; frames' headers included. Counted before they are passed on, as messages are: whoever has received them finds them counted.</summary>
    public (long FromClient, long ToClient) Bytes => (Volatile.Read(ref _bytesFromClient), Volatile.Read(ref _bytesToClient));

    /// <summary>One side has ended its direction; the other has not yet.</summary>
    public virtual bool IsHalfClosed => false;

    /// <summary>The node it leads to.</summary>
    public NodeState State => state;

    /// <summary>The logical connection that is carried, or <see langword="null"/>.</summary>
    protected Connection? Connection => connection;

    protected TimeProvider Time => time;

    /// <summary>The client has sent a close frame.</summary>
    protected bool HasClientClosed => _fromClient.IsClosed;

    /// <summary>A frame may be put in between what the client has got and what it gets next.</summary>
    protected bool IsAtBoundary => _fromNode.IsAtBoundary;

    public abstract void RequestClose();

    /// <summary>Ends the tunnel without a word.</summary>
    public abstract void Abort(TunnelEnd reason);

    /// <summary>The frames that tell the client to come back elsewhere.</summary>
    protected byte[] CloseFrames() => hasExtensions || _sniffer.CloseFrame.IsEmpty ? GoingAway : [.. _sniffer.CloseFrame, .. NormalClosure];

    /// <summary>Takes in what the client has sent, before it is passed on.</summary>
    protected void FollowUp(ReadOnlySpan<byte> bytes)
    {
        Volatile.Write(ref _lastActivity, time.GetTimestamp());
        Volatile.Write(ref _bytesFromClient, _bytesFromClient + bytes.Length);
        connection?.AddBytes(bytes.Length, 0);
        while (!bytes.IsEmpty)
        {
            var consumed = _fromClient.Read(bytes, out var payload);
            if (!hasExtensions)
            {
                _sniffer.FromClient(payload, _fromClient.Mask, _fromClient.PayloadOffset);
            }

            bytes = bytes[consumed..];
        }
    }

    /// <summary>Takes in what the node has sent; frames are followed, not cut.</summary>
    /// <param name="bytes">Not empty.</param>
    /// <param name="isClosing">Stop at the first place where a close frame can be put in.</param>
    /// <returns>How much of it the client is to get before anything else.</returns>
    protected int FollowDown(ReadOnlySpan<byte> bytes, bool isClosing)
    {
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

    /// <summary>The node has said something.</summary>
    protected void HeardNode()
    {
        Volatile.Write(ref _lastActivity, time.GetTimestamp());
        state.RecordActivity();
    }
}
