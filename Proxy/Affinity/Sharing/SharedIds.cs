using System.Collections.Concurrent;
using Proxy.Configuration;
using Proxy.Connections;
using Proxy.Nodes;
using Proxy.Requests;
using Proxy.Requests.Protocols;

namespace Proxy.Affinity.Sharing;

/// <summary><c>Store: Redis</c>: learned ids that every replica finds.</summary>
/// <remarks>
/// Beside the decision, which asks nobody: what another replica has learned is put into this one's table before the decision is made, and what is
/// learned here is written before the client gets to know the id. The table stays the truth for what this replica has seen; without
/// Redis it is all there is.
/// </remarks>
internal sealed partial class SharedIds(
    LiveConfiguration live, ConnectionTable connections, HubPaths hubs, RedisStore store, TimeProvider time, ILogger<SharedIds> logger)
{
    /// <summary>Entries written in one go; as many as a server answers well within the budget.</summary>
    private const int BatchSize = 128;

    private readonly ConcurrentDictionary<IdKey, SharedId> _ids = new();
    private volatile SharedKeyRing _keys = new(live.Current.Options.Affinity.Keys);

    /// <summary>Whether replicas share ids; it does not change while the gateway runs.</summary>
    public bool IsEnabled { get; } = live.Current.Options.Affinity.Store is StoreKind.Redis;

    /// <summary>Whether the store answers; <see langword="null"/> when there is none.</summary>
    public bool? IsConnected => IsEnabled ? store.IsConnected : null;

    /// <summary>Questions and changes that had to do without the store; <see langword="null"/> when there is none.</summary>
    public long? Failures => IsEnabled ? store.Failures : null;

    /// <summary>Whether another replica may have learned the request's id.</summary>
    /// <remarks>
    /// Not asked for what carries a tag, nor for <c>/products?id=5</c>: where no hub is known here, an <c>id</c> has to look like one that SignalR makes.
    /// </remarks>
    public bool IsFor(in RequestInfo request, ClusterSnapshot snapshot) =>
        IsEnabled
        && request is { Kind: RequestKind.HasId, IdIsRepeated: false, Malformed: null }
        && (snapshot.Options.Affinity.Mode is AffinityMode.Learn || (snapshot.Options.Affinity.Mode is AffinityMode.Auto && !request.HasTag))
        && hubs.MayName(snapshot, request)
        && connections.FindLearned(request.RawId) is null
        && !connections.IsForgotten(request.RawId);

    /// <summary>Asks for an id's owner, and learns it.</summary>
    public async Task LearnAsync(RequestInfo request, ClusterSnapshot snapshot, string? client)
    {
        var id = Decode(request.RawId);
        var keys = CurrentKeys();
        var names = keys.NamesOf(id);
        var values = await store.ReadAsync(names);
        for (var i = 0; i < values.Count; i++)
        {
            if (FindOwner(keys, i, names[i], values[i], snapshot) is { } owner)
            {
                connections.Bind(id, owner.State, request.Protocol, learned: true, client);
                Follow(id, names[0], keys.ValueOf(names[0], snapshot.ClusterId, owner));
                return;
            }
        }
    }

    /// <summary>Remembers an id that a node has just handed out, for all replicas.</summary>
    public async Task<BindResult> BindAsync(byte[] id, GatewayNode owner, ClusterSnapshot snapshot, ClientProtocol protocol, string? client)
    {
        if (!IsEnabled || connections.Find(connections.Hasher.Hash(id)) is not null)
        {
            return connections.Bind(id, owner.State, protocol, learned: true, client);
        }

        var keys = CurrentKeys();
        var name = keys.NamesOf(id)[0];
        var value = keys.ValueOf(name, snapshot.ClusterId, owner);
        var generation = store.Generation;
        var (isAnswered, firstValue) = await store.AddAsync(name, value, 2 * protocol.Lifetime);
        if (FindOwner(keys, 0, name, firstValue, snapshot) is { } first && first.State != owner.State)
        {
            // It is the owner for everybody; the table raises the alarm about the second.
            connections.Bind(id, first.State, protocol, learned: true, client);
            value = keys.ValueOf(name, snapshot.ClusterId, first);
        }

        var result = connections.Bind(id, owner.State, protocol, learned: true, client);
        if (Follow(id, name, value) is { } shared && isAnswered)
        {
            (shared.WrittenAt, shared.WrittenBy) = (time.GetTimestamp(), generation);
        }

        return result;
    }

    /// <summary>Has an id that was found out otherwise written soon.</summary>
    public void Share(in RequestInfo request, GatewayNode owner, ClusterSnapshot snapshot)
    {
        if (IsEnabled)
        {
            var id = Decode(request.RawId);
            var keys = CurrentKeys();
            var name = keys.NamesOf(id)[0];
            Follow(id, name, keys.ValueOf(name, snapshot.ClusterId, owner));
        }
    }

    /// <summary>Writes what is due: new ids that could not be written, ids in use at a third of their time, and the end of others.</summary>
    /// <returns>Whether the store was asked for anything.</returns>
    public async Task<bool> FlushAsync()
    {
        var due = new List<SharedId>();
        var ended = new List<string>();
        var generation = store.Generation;
        foreach (var (key, id) in _ids)
        {
            if (!id.HasEnded)
            {
                if (id.IsDue(time, generation))
                {
                    due.Add(id);
                }
            }
            else if (_ids.TryRemove(KeyValuePair.Create(key, id)) && id.IsGone)
            {
                ended.Add(id.Name); // what has merely fallen silent here may be in use at another replica
            }
        }

        if (!store.IsConnected)
        {
            return false; // what is due stays so, and what has ended here ends there with its time
        }

        foreach (var batch in due.Chunk(BatchSize))
        {
            var writtenAt = time.GetTimestamp();
            if (!await store.WriteAsync(batch, []))
            {
                return true; // what was not written stays due
            }

            foreach (var id in batch)
            {
                (id.WrittenAt, id.WrittenBy) = (writtenAt, generation);
            }
        }

        foreach (var batch in ended.Chunk(BatchSize))
        {
            await store.WriteAsync([], batch);
        }

        return due.Count + ended.Count > 0;
    }

    private static byte[] Decode(ReadOnlySpan<char> rawId)
    {
        var buffer = new byte[PercentEncoding.MaxDecodedLength(rawId.Length)];
        return buffer[..PercentEncoding.Decode(rawId, buffer)];
    }

    private GatewayNode? FindOwner(SharedKeyRing keys, int position, string name, string? value, ClusterSnapshot snapshot)
    {
        if (value is null)
        {
            return null;
        }

        var owner = keys.FindOwner(position, name, value, snapshot, out var isForged);
        if (isForged)
        {
            Log.EntryForged(logger, name);
        }

        return owner;
    }

    private SharedId? Follow(byte[] id, string name, string value)
    {
        var key = connections.Hasher.Hash(id);
        if (connections.Find(key) is not { Learned: true } connection)
        {
            return null; // the table had no place for it
        }

        var shared = new SharedId(connection, name, value);
        return _ids[key] = shared;
    }

    private SharedKeyRing CurrentKeys()
    {
        var keys = live.Current.Options.Affinity.Keys;
        return ReferenceEquals(keys, _keys.Keys) ? _keys : _keys = new SharedKeyRing(keys);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "What Redis says of the learned id {Entry} was not written by a gateway with these keys; it is ignored.",
            EventName = "EntryForged")]
        public static partial void EntryForged(ILogger logger, string entry);
    }
}
