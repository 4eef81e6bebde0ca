using Proxy.Nodes;
using Proxy.Requests;
using Proxy.Requests.Protocols;

namespace Proxy.Connections;

/// <summary>One logical connection: an id, its owner, and how it is used. Its fields change under the table's rules only.</summary>
internal sealed class Connection(IdKey key, NodeState state, ClientProtocol protocol, bool learned, DateTimeOffset since)
{
    private readonly int _incarnation = state.Process.Incarnation;
    private IClosable? _closer;
    private long _bytesIn;
    private long _bytesOut;
    private bool _isKnown;

    public IdKey Key { get; } = key;

    public NodeState State { get; } = state;

    public ClientProtocol Protocol { get; } = protocol;

    /// <summary>Its owner was learned and is known from the table alone: the id carries no tag.</summary>
    public bool Learned { get; } = learned;

    /// <summary>It has no id, or one that names no connection: no request can follow its only one.</summary>
    public bool IsAnonymous { get; init; }

    public DateTimeOffset Since { get; } = since;

    public Transport Transport { get; private set; }

    public ConnectionPhase Phase { get; set; }

    /// <summary>Transport requests that are open now: a WebSocket, an event stream, a pending poll.</summary>
    public int Open { get; private set; }

    /// <summary>What it is counted as: a transport, negotiated (<see cref="Transport.Unknown"/>), or nothing (<see langword="null"/>).</summary>
    public Transport? CountedAs { get; private set; }

    /// <summary>It is in the queue of the table's sweep.</summary>
    public bool AwaitsSweep { get; set; }

    /// <summary>Timestamp of its creation.</summary>
    public long CreatedAt { get; init; }

    /// <summary>Timestamp of its last use.</summary>
    public long LastSeenAt { get; set; }

    /// <summary>How long it outlives its last use.</summary>
    public TimeSpan Lifetime { get; init; }

    /// <summary>The client has been asked to reconnect to another node; a poll that comes later is answered so at once.</summary>
    public bool IsMoving { get; private set; }

    /// <summary>Its owner has answered that it does not exist any more; it leaves the table with its last open request.</summary>
    public bool IsGone { get; private set; }

    /// <summary>The owner's process was restarted after the connection was made.</summary>
    public bool IsOrphan => _incarnation != State.Process.Incarnation && CreatedAt <= State.Process.FormerSeenAt;

    /// <summary>The client's address.</summary>
    public string? Client { get; set; }

    /// <summary>What carries its open WebSocket; <see langword="null"/>: YARP itself.</summary>
    public string? Tunnel { get; set; }

    public long BytesIn => Interlocked.Read(ref _bytesIn);

    public long BytesOut => Interlocked.Read(ref _bytesOut);

    /// <summary>Sets what closes the open transport request; if the client has been asked to move before, it is closed at once.</summary>
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

    /// <summary>Asks the client to reconnect, to another node.</summary>
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

    /// <summary>A request of the connection starts. Called under the connection's lock.</summary>
    /// <param name="transport"><see cref="Transport.Unknown"/> for a send, which opens nothing.</param>
    public void Start(Transport transport)
    {
        if (transport is not Transport.Unknown)
        {
            Open++;
            Transport = transport;
            Phase = ConnectionPhase.Live;
            CountAs(transport);
        }
    }

    /// <summary>A request of the connection ends. Called under the connection's lock.</summary>
    /// <param name="transport">What it was started as.</param>
    /// <param name="isGone">The owner said that the connection does not exist any more, or was asked to end it.</param>
    public void End(Transport transport, bool isGone)
    {
        if (transport is not Transport.Unknown)
        {
            Open--;
        }

        // A client that was moved comes back with a new id. A new process of the node knows none of the old ids; they stay, to be refused with the reason.
        IsGone |= (isGone && !IsOrphan) || (IsMoving && transport is Transport.WebSockets or Transport.ServerSentEvents);
        if (Open > 0)
        {
            return;
        }

        // ASP.NET Core forgets an id with its event stream; the other protocols reconnect with the same id.
        IsGone |= transport is Transport.ServerSentEvents && Protocol.EndsWithEventStream;
        if (IsOrphan)
        {
            Uncount();
        }
        else if (transport is Transport.LongPolling)
        {
            CountAs(transport); // the next poll is about to come
        }
        else if (transport is not Transport.Unknown)
        {
            Phase = ConnectionPhase.Lingering;
            CountAs(null);
        }
    }

    /// <summary>Counts the connection as known to its node.</summary>
    public void CountAsKnown()
    {
        _isKnown = true;
        State.Connections.AddKnown(1);
    }

    /// <summary>Counts the connection once among its node's connections.</summary>
    /// <param name="transport"><see cref="Transport.Unknown"/>: negotiated, not yet connected; <see langword="null"/>: not counted.</param>
    /// <remarks>What is subtracted is what was added, or a count would never return to zero.</remarks>
    public void CountAs(Transport? transport)
    {
        if (CountedAs == transport)
        {
            return;
        }

        if (CountedAs is { } former)
        {
            State.Connections.Add(former, -1);
        }

        if (transport is { } next)
        {
            State.Connections.Add(next, 1);
        }

        CountedAs = transport;
    }

    /// <summary>Takes the connection out of all counts: it may still be in the table, but its node does not have it any more.</summary>
    public void Uncount()
    {
        CountAs(null);
        if (_isKnown)
        {
            _isKnown = false;
            State.Connections.AddKnown(-1);
        }
    }

    public void AddBytes(long fromClient, long toClient)
    {
        Interlocked.Add(ref _bytesIn, fromClient);
        Interlocked.Add(ref _bytesOut, toClient);
    }
}
