using System.Collections.Concurrent;
using Proxy.Metrics;
using Proxy.Nodes;
using Proxy.Requests;
using Proxy.Requests.Protocols;

namespace Proxy.Connections;

/// <summary>Every logical connection that the gateway has seen: counts them, and is the memory of learned ids.</summary>
/// <remarks>
/// The table is bounded. When it is full, the oldest id that was never used is dropped (<see cref="UnusedIds"/>); an id in use never is. All fields of a
/// <see cref="Connection"/>
/// are written under its own lock.
/// </remarks>
internal sealed partial class ConnectionTable(IdHasher hasher, TimeProvider time, ILogger<ConnectionTable> logger, GatewayMetrics? metrics = null)
{
    private readonly ConcurrentDictionary<IdKey, Connection> _connections = new();
    private readonly ConcurrentQueue<Connection> _idle = new();
    private readonly UnusedIds _unused = new();
    private readonly ForgottenIds _forgotten = new(time);
    private int _count;
    private int _learned;
    private long _evicted;
    private long _conflicts;

    /// <summary>The most connections that are remembered.</summary>
    public int Capacity { get; set; } = 100_000;

    public int Count => Volatile.Read(ref _count);

    /// <summary>Ids whose owner is known from here only.</summary>
    public int LearnedCount => Volatile.Read(ref _learned);

    public long Evicted => Interlocked.Read(ref _evicted);

    public long Conflicts => Interlocked.Read(ref _conflicts);

    public IEnumerable<Connection> All => _connections.Select(pair => pair.Value);

    public IdHasher Hasher => hasher;

    public Connection? Find(IdKey key) => _connections.GetValueOrDefault(key);

    /// <summary>The connection of an id whose owner was learned.</summary>
    /// <param name="rawId">The id as it stands in the query.</param>
    public Connection? FindLearned(ReadOnlySpan<char> rawId)
    {
        if (LearnedCount == 0)
        {
            return null;
        }

        return _connections.TryGetValue(hasher.HashQueryValue(rawId), out var connection) && connection.Learned ? connection : null;
    }

    /// <summary>Remembers an id that a node has just handed out.</summary>
    /// <param name="id">The id in UTF-8, without tag.</param>
    /// <param name="state">The node.</param>
    /// <param name="protocol">Decides how long it is kept.</param>
    /// <param name="learned">The id goes to the client as it is: this table alone knows its owner.</param>
    /// <param name="client">The client's address.</param>
    public BindResult Bind(ReadOnlySpan<byte> id, NodeState state, ClientProtocol protocol, bool learned, string? client) =>
        Bind(hasher.Hash(id), state, protocol, learned, client);

    /// <inheritdoc cref="Bind(ReadOnlySpan{byte}, NodeState, ClientProtocol, bool, string?)"/>
    public BindResult Bind(IdKey key, NodeState state, ClientProtocol protocol, bool learned, string? client)
    {
        if (!MakeRoom(learned))
        {
            return BindResult.Full;
        }

        var connection = Create(key, state, protocol, learned, client);
        lock (connection) // a request that finds it waits here until it is counted
        {
            if (!_connections.TryAdd(key, connection))
            {
                if (_connections.TryGetValue(key, out var first) && ReferenceEquals(first.State, state))
                {
                    return BindResult.Bound;
                }

                Interlocked.Increment(ref _conflicts);
                Log.IdConflict(logger, key, state.Name);
                return BindResult.Conflict;
            }

            Added(connection);
            connection.CountAs(Transport.Unknown);
            AwaitSweep(connection);
        }

        _unused.Add(connection);
        return BindResult.Bound;
    }

    /// <summary>A request of a connection starts.</summary>
    /// <param name="key">The id's key; <see langword="null"/> for a WebSocket that has none.</param>
    /// <param name="state">The node that it goes to.</param>
    /// <param name="protocol">Decides how long the id is kept.</param>
    /// <param name="transport"><see cref="Transport.Unknown"/> for a send, which starts nothing by itself.</param>
    /// <param name="client">The client's address.</param>
    /// <returns>To be given to <see cref="RequestEnded"/>; <see langword="null"/> when the connection is not followed.</returns>
    public Connection? RequestStarted(IdKey? key, NodeState state, ClientProtocol protocol, Transport transport, string? client)
    {
        var id = key ?? IdHasher.NewAnonymous();
        var isKnown = _connections.TryGetValue(id, out var connection);
        if (connection is null)
        {
            if (transport is Transport.Unknown || !MakeRoom(forLearned: false))
            {
                return null;
            }

            var created = Create(id, state, protocol, learned: false, client, isAnonymous: key is null);
            lock (created) // a request that finds it waits here until it is counted
            {
                connection = _connections.GetOrAdd(id, created);
                if (ReferenceEquals(connection, created))
                {
                    Added(connection);
                }
            }
        }

        if (!ReferenceEquals(connection.State, state))
        {
            return null;
        }

        lock (connection)
        {
            if (connection.Phase is ConnectionPhase.Ended)
            {
                return null;
            }

            connection.LastSeenAt = time.GetTimestamp();
            connection.Client ??= client;
            if (transport is not Transport.Unknown && isKnown && connection.Phase is ConnectionPhase.Negotiated)
            {
                metrics?.Connected(time.GetElapsedTime(connection.CreatedAt), transport);
            }

            connection.Start(transport);
        }

        return connection;
    }

    /// <summary>A request of a connection has ended.</summary>
    /// <param name="connection">What <see cref="RequestStarted"/> gave.</param>
    /// <param name="transport">What it was started as.</param>
    /// <param name="isGone">The owner said that the connection does not exist any more, or was asked to end it.</param>
    /// <param name="isGoneIfLast">The owner ended a poll: the connection is gone, or another poll has taken its place.</param>
    public void RequestEnded(Connection connection, Transport transport, bool isGone, bool isGoneIfLast)
    {
        lock (connection)
        {
            connection.LastSeenAt = time.GetTimestamp();
            connection.End(transport, isGone);
            if (connection.Open > 0)
            {
                return;
            }

            if (connection.IsGone || isGoneIfLast || connection.IsAnonymous)
            {
                Remove(connection);
            }
            else
            {
                AwaitSweep(connection);
            }
        }
    }

    /// <summary>Forgets every id of a node that nothing is open for; learned ones are remembered for a while, to be refused with the reason.</summary>
    public void Forget(NodeState state)
    {
        foreach (var connection in All.Where(connection => ReferenceEquals(connection.State, state)))
        {
            if (Remove(connection) && connection.Learned)
            {
                _forgotten.Add(connection.Key);
            }
        }
    }

    /// <summary>The node's process was restarted, and knows none of its connections any more.</summary>
    public void Orphan(NodeState state)
    {
        foreach (var connection in All.Where(connection => ReferenceEquals(connection.State, state) && connection.IsOrphan))
        {
            lock (connection)
            {
                if (connection.Open == 0)
                {
                    connection.Uncount();
                }
            }
        }
    }

    /// <summary>Whether an id was learned, and its owner has left since.</summary>
    /// <param name="rawId">The id as it stands in the query.</param>
    public bool IsForgotten(ReadOnlySpan<char> rawId) => !_forgotten.IsEmpty && _forgotten.Contains(hasher.HashQueryValue(rawId));

    /// <summary>Whether an id belongs to a former process of its node.</summary>
    /// <param name="rawId">The id as the node knows it.</param>
    public bool IsOrphan(ReadOnlySpan<char> rawId) => _connections.TryGetValue(hasher.HashQueryValue(rawId), out var connection) && connection.IsOrphan;

    /// <summary>Drops the connections that have outlived their time. Open ones are not looked at.</summary>
    public void Sweep()
    {
        var now = time.GetTimestamp();
        for (var left = _idle.Count; left > 0 && _idle.TryDequeue(out var connection); left--)
        {
            lock (connection)
            {
                connection.AwaitsSweep = false;
                if (connection is { Open: 0, Phase: not ConnectionPhase.Ended } && !Expire(connection, now))
                {
                    AwaitSweep(connection);
                }
            }
        }

        _forgotten.Sweep();
        _unused.DropUsed();
    }

    private bool Expire(Connection connection, long now)
    {
        var idle = time.GetElapsedTime(connection.LastSeenAt, now);
        var isUnused = connection.Phase is ConnectionPhase.Negotiated;
        if (idle >= (isUnused ? ConnectionLifetimes.Unused : connection.Lifetime))
        {
            return Remove(connection);
        }

        if (idle >= (isUnused ? ConnectionLifetimes.NegotiatedCounts : ConnectionLifetimes.PolledCounts))
        {
            connection.CountAs(null);
        }

        return false;
    }

    // A connection in the table that has no open request is in the queue as well. Called under the connection's lock.
    private void AwaitSweep(Connection connection)
    {
        if (!connection.AwaitsSweep)
        {
            connection.AwaitsSweep = true;
            _idle.Enqueue(connection);
        }
    }

    private Connection Create(IdKey key, NodeState state, ClientProtocol protocol, bool learned, string? client, bool isAnonymous = false)
    {
        var now = time.GetTimestamp();
        return new Connection(key, state, protocol, learned, time.GetUtcNow())
        {
            CreatedAt = now,
            LastSeenAt = now,
            Lifetime = protocol.Lifetime,
            Client = client,
            IsAnonymous = isAnonymous,
        };
    }

    private void Added(Connection connection)
    {
        Interlocked.Increment(ref _count);
        if (connection.Learned)
        {
            Interlocked.Increment(ref _learned);
        }

        connection.CountAsKnown();
    }

    private bool MakeRoom(bool forLearned)
    {
        while (Count >= Capacity)
        {
            if (!_unused.TryTakeOldest(forLearned, out var oldest))
            {
                return false;
            }

            if (oldest.Phase is ConnectionPhase.Negotiated && Remove(oldest))
            {
                Interlocked.Increment(ref _evicted);
            }
        }

        return true;
    }

    private bool Remove(Connection connection)
    {
        lock (connection)
        {
            if (connection.Open > 0 || connection.Phase is ConnectionPhase.Ended)
            {
                return false;
            }

            if (connection.Phase is not ConnectionPhase.Negotiated)
            {
                metrics?.Ended(time.GetElapsedTime(connection.CreatedAt, connection.LastSeenAt), connection.Transport);
            }

            connection.Phase = ConnectionPhase.Ended;
            connection.Uncount();
            if (connection.IsMoving)
            {
                connection.State.Connections.AddMoving(-1);
            }
        }

        _connections.TryRemove(connection.Key, out _);
        Interlocked.Decrement(ref _count);
        if (connection.Learned)
        {
            Interlocked.Decrement(ref _learned);
        }

        return true;
    }
}
