namespace LoadTests.Engine;

/// <summary>When each unit of a fixed rate is meant to start, whatever became of the units before it.</summary>
/// <param name="UnitsPerSecond">Above 0.</param>
/// <param name="Duration">Units are meant to start from 0 up to, and not at, this time.</param>
public sealed record OpenLoopSchedule(double UnitsPerSecond, TimeSpan Duration)
{
    /// <summary>How many units there are.</summary>
    public long Units => (long)Math.Ceiling(UnitsPerSecond * Duration.TotalSeconds);

    /// <summary>When a unit is meant to start, counted from the schedule's start.</summary>
    public TimeSpan IntendedAt(long unit) => new((long)(unit / UnitsPerSecond * TimeSpan.TicksPerSecond));

    /// <summary>How many units are meant to have started by then.</summary>
    public long DueAt(TimeSpan elapsed)
    {
        if (elapsed < TimeSpan.Zero)
        {
            return 0;
        }

        // The product may be off by a rounding; IntendedAt decides.
        var due = (long)(elapsed.TotalSeconds * UnitsPerSecond);
        while (IntendedAt(due) <= elapsed)
        {
            due++;
        }

        return Math.Min(due, Units);
    }
}
