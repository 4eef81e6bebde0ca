using Tests.Common;

namespace EndToEndTests.LoadGenerator;

/// <summary>A clock that moves when somebody waits by it, and when the test says so; waits of a second or more do not move it.</summary>
internal sealed class SelfAdvancingClock : TimeProvider
{
    private static readonly TimeSpan TooLong = TimeSpan.FromSeconds(1);

    private readonly ManualTimeProvider _clock = new();

    public override long TimestampFrequency => _clock.TimestampFrequency;

    public override long GetTimestamp() => _clock.GetTimestamp();

    public void Advance(TimeSpan by) => _clock.Advance(by);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = _clock.CreateTimer(callback, state, dueTime, period);
        if (dueTime >= TimeSpan.Zero && dueTime < TooLong)
        {
            ThreadPool.QueueUserWorkItem(_ => _clock.Advance(dueTime));
        }

        return timer;
    }
}
