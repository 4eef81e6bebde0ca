using Proxy.Nodes;
using Proxy.Requests;

namespace Proxy.Connections;

/// <summary>One logical connection: an id, its owner, and how it is used. Its fields change under the table's rules only.</summary>
internal sealed class Connection(IdKey key, NodeState state, ProtocolProfile profile, bool learned, DateTimeOffset since)
{
    private readonly int _incarnation = state.Incarnation;
    private IClosable? _closer;
    private long _bytesIn;
    private long _bytesOut;

    public IdKey Key { get; } = key;

    public NodeState State { get; } = state;

    public ProtocolProfile Profile { get; } = profile;

    /// <summary>Its owner is known from here only: the id carries no tag.</summary>
    public bool Learned { get; } = learned;

    /// <summary>It has no id, or one that names no connection: nothing can come after its only request.</summary>
    public bool IsAnonymous { get; init; }

    public DateTimeOffset Since { get; } = since;

    public Transport Transport { get; set; }

    public ConnectionPhase Phase { get; set; }

    /// <summary>Transport requests that are open now: a WebSocket, an event stream, a pending poll.</summary>
    public int Open { get; set; }

    /// <summary>It waits for the table's sweep: nothing of it was open when the last one passed.</summary>
    public bool AwaitsSweep { get; set; }

    /// <summary>Timestamp of its creation.</summary>
    public long CreatedAt { get; init; }

    /// <summary>Timestamp of its last use.</summary>
    public long LastSeenAt { get; set; }

    /// <summary>What it is counted as in <see cref="NodeState.Connections"/>: nothing, negotiated (<see cref="Transport.Unknown"/>) or a transport.</summary>
    public Transport? CountedAs { get; set; }

    /// <summary>How long it outlives its last use.</summary>
    public TimeSpan Lifetime { get; init; }

    /// <summary>The client has been asked to come back elsewhere; a poll that is not pending now is answered so when it comes.</summary>
    public bool IsMoving { get; private set; }

    /// <summary>Its owner has said that it is gone; it leaves the table with its last open request.</summary>
    public bool IsGone { get; set; }

    /// <summary>The owner's process was started anew after the connection was made.</summary>
    public bool IsOrphan => _incarnation != State.Incarnation && CreatedAt <= State.FormerSeenAt;

    /// <summary>It counts in <see cref="ConnectionCounters.Known"/>; until the table adds it, and once its owner cannot know it any more, it does not.</summary>
    public bool IsKnown { get; set; }

    /// <summary>The client's address.</summary>
    public string? Client { get; set; }

    /// <summary>What carries its open WebSocket; <see langword="null"/>: YARP itself.</summary>
    public string? Tunnel { get; set; }

    public long BytesIn => Interlocked.Read(ref _bytesIn);

    public long BytesOut => Interlocked.Read(ref _bytesOut);

    /// <summary>A transport request can be closed from now on.</summary>
    public void Attach(IClosable closer)
    {
        lock (this)
        {
            _closer = closer;
            if (!IsMoving)
            {
                return;
            }
        }

        closer.RequestClose();
    }

    /// <summary>Asks the client to come back elsewhere.</summary>
    /// <returns><see langword="false"/> when it has been asked before, or is gone.</returns>
    public bool Move()
    {
        IClosable? closer;
        lock (this)
        {
            if (IsMoving || Phase is ConnectionPhase.Ended)
            {
                return false;
            }

            IsMoving = true;
            State.Connections.AddMoving(1);
            closer = _closer;
        }

        closer?.RequestClose();
        return true;
    }

    public void AddBytes(long fromClient, long toClient)
    {
        Interlocked.Add(ref _bytesIn, fromClient);
        Interlocked.Add(ref _bytesOut, toClient);
    }
}
