using Proxy.Configuration;
using Proxy.Nodes;
using Tests.Common;
using Xunit;

namespace Proxy.Tests.Nodes;

public sealed class DrainProgressTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Rate_SteadyLoss_IsFound()
    {
        var drain = Start(DrainMode.Wait, 1000);
        var left = Lose(drain, 1000, perSecond: 4, seconds: 60);

        Assert.InRange(drain.Progress.Rate, 3.9, 4.1);
        Assert.InRange(drain.Progress.Forecast(drain, left, isForgotten: false)!.Value.TotalSeconds, left / 4.1, left / 3.9);
    }

    [Fact]
    public void Forecast_NobodyLeaves_IsTheDeadlineAndWhatTheModeDoesThen()
    {
        var wait = Start(DrainMode.Wait, 100);
        Assert.Equal(300, wait.Progress.Forecast(wait, 100, isForgotten: false)!.Value.TotalSeconds, 0.01);

        var close = Start(DrainMode.WaitThenClose, 100); // 20 a second
        Assert.Equal(305, close.Progress.Forecast(close, 100, isForgotten: false)!.Value.TotalSeconds, 0.01);
        _time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(5, close.Progress.Forecast(close, 100, isForgotten: false)!.Value.TotalSeconds, 0.01);
    }

    [Fact]
    public void Forecast_TooSlowForTheDeadline_ClosesWhatIsLeftThen()
    {
        var drain = Start(DrainMode.WaitThenClose, 1000);
        var left = Lose(drain, 1000, perSecond: 1, seconds: 100);

        // 200 s are left, in which about 200 leave; the rest goes at 20 a second.
        Assert.InRange(drain.Progress.Forecast(drain, left, isForgotten: false)!.Value.TotalSeconds, 230, 240);
    }

    [Fact]
    public void Forecast_Forgotten_IsKnownOnlyWhileSomebodyLeaves()
    {
        var drain = Start(DrainMode.Wait, 5);
        Assert.Null(drain.Progress.Forecast(drain, 5, isForgotten: true));
        Assert.Equal(TimeSpan.Zero, drain.Progress.Forecast(drain, 0, isForgotten: true));

        var left = Lose(drain, 5, perSecond: 1, seconds: 2);
        Assert.NotNull(drain.Progress.Forecast(drain, left, isForgotten: true));
    }

    [Fact]
    public void Rate_NodeThatFills_IsZero()
    {
        var drain = Start(DrainMode.Wait, 5);
        Lose(drain, 5, perSecond: -3, seconds: 5);

        Assert.Equal(0, drain.Progress.Rate);
    }

    private int Lose(DrainState drain, int remaining, int perSecond, int seconds)
    {
        for (var i = 0; i < seconds; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            drain.Progress.Observe(remaining -= perSecond);
        }

        return remaining;
    }

    private DrainState Start(DrainMode mode, int remaining) =>
        new(DrainOrigin.Operator, mode, _time.GetTimestamp(), _time.GetUtcNow(), TimeSpan.FromMinutes(5), Rate: 20)
        {
            Pacer = new Pacer(_time),
            Progress = new DrainProgress(_time, remaining),
        };
}
