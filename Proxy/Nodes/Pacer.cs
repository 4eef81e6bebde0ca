namespace Proxy.Nodes;

/// <summary>Spreads actions over time at a rate: never more than half a second's worth at once, however late it is asked, and never more than the rate within
/// any second.</summary>
/// <param name="time">The clock.</param>
/// <param name="initial">What may be done right away.</param>
internal sealed class Pacer(TimeProvider time, double initial = 0)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Queue<(long At, int Count)> _done = new(); // within the last second
    private double _credit = initial;
    private long _last = time.GetTimestamp();

    /// <summary>Takes part of what is due.</summary>
    /// <param name="perSecond">The rate that holds now.</param>
    /// <param name="take">Gets how many are due, above 0; says how many of them were done.</param>
    public void Spend(double perSecond, Func<int, int> take)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            // The fraction that is not a whole action yet is never lost, or a low rate would come out lower still.
            var most = Math.Max(1, Math.Floor(perSecond / 2)) + 0.99;
            _credit = Math.Min(_credit + (perSecond * time.GetElapsedTime(_last, now).TotalSeconds), most);
            _last = now;
            var due = Math.Min((int)_credit, Math.Max(1, (int)Math.Ceiling(perSecond)) - DoneInTheLastSecond(now));
            if (due >= 1)
            {
                var done = take(due);
                _credit -= done;
                _last = time.GetTimestamp(); // nothing becomes due while the actions run
                _done.Enqueue((_last, done));
            }
        }
    }

    /// <summary>Starts again with nothing due: there was nothing to do until now.</summary>
    public void Reset()
    {
        lock (_gate)
        {
            (_credit, _last) = (0, time.GetTimestamp());
        }
    }

    /// <summary>Takes one action, if one is due.</summary>
    public bool TrySpend(double perSecond)
    {
        var spent = false;
        Spend(perSecond, _ =>
        {
            spent = true;
            return 1;
        });
        return spent;
    }

    /// <summary>From half to all of what is due, at least one, at random: actions must not fall into step with anything else that has a period.</summary>
    public static int Jitter(int due) => Random.Shared.Next((due + 1) / 2, due + 1);

    private int DoneInTheLastSecond(long now)
    {
        while (_done.TryPeek(out var oldest) && time.GetElapsedTime(oldest.At, now) >= Second)
        {
            _done.Dequeue();
        }

        return _done.Sum(static entry => entry.Count);
    }
}
