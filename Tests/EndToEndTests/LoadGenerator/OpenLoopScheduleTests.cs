using LoadTests.Engine;
using Xunit;

namespace EndToEndTests.LoadGenerator;

public sealed class OpenLoopScheduleTests
{
    [Theory]
    [InlineData(10, 1, 10)]
    [InlineData(0.5, 10, 5)]
    [InlineData(3, 0.5, 2)] // at 0 and at a third of a second
    [InlineData(1, 0.001, 1)]
    public void Units_RateAndDuration_AreThoseMeantToStartBeforeTheEnd(double rate, double seconds, long units)
    {
        var schedule = new OpenLoopSchedule(rate, TimeSpan.FromSeconds(seconds));

        Assert.Equal(units, schedule.Units);
        Assert.True(schedule.IntendedAt(units - 1) < schedule.Duration);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7.7)]
    [InlineData(4000)]
    [InlineData(999_999)]
    public void DueAt_TheIntendedTime_IsThatUnitAndNotTheNext(double rate)
    {
        var schedule = new OpenLoopSchedule(rate, TimeSpan.FromHours(1));

        Assert.All(Enumerable.Range(0, 1000), unit =>
        {
            var intended = schedule.IntendedAt(unit);
            Assert.Equal(unit + 1, schedule.DueAt(intended));
            Assert.Equal(unit, schedule.DueAt(intended - TimeSpan.FromTicks(1)));
        });
    }

    [Fact]
    public void DueAt_AfterTheEnd_IsAll()
    {
        var schedule = new OpenLoopSchedule(10, TimeSpan.FromSeconds(1));

        Assert.Equal(10, schedule.DueAt(TimeSpan.FromHours(1)));
    }
}
