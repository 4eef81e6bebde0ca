using System.Collections.Immutable;
using Proxy.Configuration;

namespace Proxy.Decisions;

/// <summary>The latest decisions, in a ring that is written without waiting, and the listeners that receive each new one.</summary>
internal sealed class DecisionLog : IDisposable
{
    /// <summary>Listeners at once.</summary>
    public const int MaxListeners = 32;

    private readonly IDisposable _subscription;
    private DecisionRecord?[] _ring;
    private ImmutableArray<DecisionListener> _listeners = [];
    private long _recorded;

    public DecisionLog(LiveConfiguration live)
    {
        _ring = new DecisionRecord?[live.Current.Options.Diagnostics.TraceSize];
        _subscription = live.OnChange(current => Resize(current.Options.Diagnostics.TraceSize));
        Resize(live.Current.Options.Diagnostics.TraceSize); // for a change between the two
    }

    /// <summary>Whether decisions are remembered or listened to; if not, none has to be written down.</summary>
    public bool IsOn => Volatile.Read(ref _ring).Length > 0 || !_listeners.IsEmpty;

    public int Capacity => Volatile.Read(ref _ring).Length;

    /// <summary>Decisions written down since the start.</summary>
    public long Recorded => Interlocked.Read(ref _recorded);

    public void Add(DecisionRecord record)
    {
        record.Number = Interlocked.Increment(ref _recorded);
        var ring = Volatile.Read(ref _ring);
        if (ring.Length > 0)
        {
            Volatile.Write(ref ring[record.Number % ring.Length], record);
        }

        foreach (var listener in _listeners)
        {
            listener.Publish(record);
        }
    }

    /// <summary>The newest first.</summary>
    public IReadOnlyList<DecisionRecord> Newest(int most) =>
        [.. Volatile.Read(ref _ring).OfType<DecisionRecord>().OrderByDescending(record => record.Number).Take(most)];

    /// <summary>Receives decisions from now on; <see langword="null"/>: there are too many listeners.</summary>
    public DecisionListener? Listen()
    {
        var listener = new DecisionListener(this);
        var isIn = ImmutableInterlocked.Update(
            ref _listeners, static (listeners, added) => listeners.Length < MaxListeners ? listeners.Add(added) : listeners, listener);
        return isIn ? listener : null;
    }

    public void Leave(DecisionListener listener) =>
        ImmutableInterlocked.Update(ref _listeners, static (listeners, gone) => listeners.Remove(gone), listener);

    public void Dispose() => _subscription.Dispose();

    // What is added to the former ring meanwhile is lost: a handful of decisions, once for each change of the setting.
    private void Resize(int size)
    {
        if (size == Capacity)
        {
            return;
        }

        var ring = new DecisionRecord?[size];
        foreach (var record in size == 0 ? [] : Newest(size))
        {
            ring[record.Number % size] = record;
        }

        Volatile.Write(ref _ring, ring);
    }
}
