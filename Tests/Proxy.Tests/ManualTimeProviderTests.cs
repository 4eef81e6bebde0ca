using Tests.Common;
using Xunit;

namespace Proxy.Tests;

public sealed class ManualTimeProviderTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Timers_Due_FireInOrderAtTheirTime()
    {
        var start = _time.GetUtcNow();
        var fired = new List<string>();
        using var late = Timer("late", 3, Timeout.Infinite);
        using var tick = Timer("tick", 2, 2);
        using var never = Timer("never", Timeout.Infinite, Timeout.Infinite);

        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(["tick 2", "late 3", "tick 4"], fired);
        Assert.Equal(start.AddSeconds(5), _time.GetUtcNow());

        ITimer Timer(string name, int due, int period) => _time.CreateTimer(
            _ => fired.Add($"{name} {(_time.GetUtcNow() - start).TotalSeconds}"), state: null, Span(due), Span(period));

        static TimeSpan Span(int seconds) => seconds == Timeout.Infinite ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(seconds);
    }

    [Fact]
    public void Timer_StartedByATimer_FiresInTheSameAdvance()
    {
        var count = 0;
        ITimer? timer = null;
        timer = _time.CreateTimer(
            _ =>
            {
                if (++count < 3)
                {
                    timer!.Change(TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
                }
            }, state: null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);

        _time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal((3, 0), (count, _time.ActiveTimers));
        timer.Dispose();
        Assert.False(timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan));
    }

    [Fact]
    public async Task Delay_OfTheClock_EndsWhenAdvanced()
    {
        var delay = Task.Delay(TimeSpan.FromMinutes(1), _time, TestContext.Current.CancellationToken);

        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.False(delay.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        await delay;
    }

    [Fact]
    public void Elapsed_ByTimestamps_IsWhatWasAdvanced()
    {
        var start = _time.GetTimestamp();

        _time.Advance(TimeSpan.FromHours(10));

        Assert.Equal(TimeSpan.FromHours(10), _time.GetElapsedTime(start));
        Assert.NotEqual(TimeSpan.TicksPerSecond, _time.TimestampFrequency);
    }
}
