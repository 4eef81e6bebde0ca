using System.Collections.Concurrent;
using Proxy.Requests;

namespace Proxy.Connections;

/// <summary>Learned ids whose owner has left, for as long as the owner's tags are remembered: they are refused with the reason.</summary>
internal sealed class ForgottenIds(TimeProvider time)
{
    private const int MaxIds = 100_000;

    private readonly ConcurrentDictionary<IdKey, long> _ids = new();
    private readonly ConcurrentQueue<IdKey> _oldest = new();

    public bool IsEmpty => _ids.IsEmpty;

    public bool Contains(IdKey id) => _ids.ContainsKey(id);

    public void Add(IdKey id)
    {
        if (_ids.TryAdd(id, time.GetTimestamp()))
        {
            _oldest.Enqueue(id);
        }
    }

    /// <summary>Drops ids whose time is over, and the oldest above the limit.</summary>
    public void Sweep()
    {
        while (_oldest.TryPeek(out var id)
            && (_oldest.Count > MaxIds || !_ids.TryGetValue(id, out var since) || time.GetElapsedTime(since) >= ConnectionLifetimes.Forgotten))
        {
            _oldest.TryDequeue(out _);
            _ids.TryRemove(id, out _);
        }
    }
}
