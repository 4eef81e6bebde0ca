using Proxy.Configuration;

namespace Proxy.Nodes;

/// <summary>How fast a draining node empties, and when it will be empty at that rate.</summary>
/// <param name="time">The clock.</param>
/// <param name="remaining">Ids at the start.</param>
internal sealed class DrainProgress(TimeProvider time, int remaining)
{
    /// <summary>What happened longer ago than this hardly counts.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private long _last = time.GetTimestamp();
    private int _remaining = remaining;
    private double _rate;

    /// <summary>Ids that leave per second, lately.</summary>
    public double Rate
    {
        get
        {
            lock (_gate)
            {
                return _rate;
            }
        }
    }

    /// <summary>Takes in how many are left now.</summary>
    public void Observe(int remaining)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            var elapsed = time.GetElapsedTime(_last, now).TotalSeconds;
            if (elapsed <= 0)
            {
                return;
            }

            // An average whose weights fade; a node that still fills counts as one that does not empty.
            var lately = Math.Max(_remaining - remaining, 0) / elapsed;
            _rate += (lately - _rate) * (1 - Math.Exp(-elapsed / Memory.TotalSeconds));
            (_last, _remaining) = (now, remaining);
        }
    }

    /// <summary>How long until nothing is left to wait for.</summary>
    /// <param name="drain">Its terms.</param>
    /// <param name="remaining">What is left now.</param>
    /// <param name="isForgotten">The deadline is over and the ids are forgotten: open tunnels end when they like.</param>
    /// <returns><see langword="null"/> when it cannot be known.</returns>
    public TimeSpan? Forecast(DrainState drain, int remaining, bool isForgotten)
    {
        var rate = Rate;
        TimeSpan? byItself = remaining == 0 ? TimeSpan.Zero : rate > 0.001 ? TimeSpan.FromSeconds(remaining / rate) : null;
        if (isForgotten || remaining == 0)
        {
            return byItself;
        }

        var untilDeadline = drain.Timeout - time.GetElapsedTime(drain.Since);
        untilDeadline = untilDeadline > TimeSpan.Zero ? untilDeadline : TimeSpan.Zero;
        if (drain.Mode is DrainMode.Cut || byItself <= untilDeadline)
        {
            return byItself ?? TimeSpan.Zero;
        }

        return drain.Mode is DrainMode.Wait
            ? untilDeadline
            : untilDeadline + TimeSpan.FromSeconds(Math.Max(remaining - (rate * untilDeadline.TotalSeconds), 0) / drain.Rate);
    }
}
