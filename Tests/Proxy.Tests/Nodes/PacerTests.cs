using Proxy.Nodes;
using Tests.Common;
using Xunit;

namespace Proxy.Tests.Nodes;

public sealed class PacerTests
{
    private readonly ManualTimeProvider _time = new();

    [Theory]
    [InlineData(1, 0.25)]
    [InlineData(2, 0.25)]
    [InlineData(3, 0.1)]
    [InlineData(50, 0.25)]
    [InlineData(1000, 0.25)]
    public void Spend_AnyRate_KeepsItOverTimeAndNeverBursts(double rate, double turn)
    {
        var pacer = new Pacer(_time);
        var done = 0;
        for (var elapsed = turn; elapsed <= 60; elapsed += turn)
        {
            _time.Advance(TimeSpan.FromSeconds(turn));
            pacer.Spend(rate, due =>
            {
                Assert.InRange(due, 1, Math.Max(1, rate / 2));
                var some = Pacer.Jitter(due);
                Assert.InRange(some, 1, due);
                done += some;
                return some;
            });
            Assert.True(done <= (rate * elapsed) + 0.001, $"{done} in {elapsed} s");
        }

        Assert.InRange(done, rate * 60 * 0.85, rate * 60); // a ceiling for each second leaves no room to make up for all that the jitter puts off
    }

    /// <summary>However the turns fall.</summary>
    [Fact]
    public void Spend_InAnySecond_IsTheRateAtTheMost()
    {
        var random = new Random(5);
        var pacer = new Pacer(_time);
        var done = new List<(double At, int Count)>();
        for (var now = 0.0; now < 60;)
        {
            var pause = random.Next(1, 700) / 1000.0;
            now += pause;
            _time.Advance(TimeSpan.FromSeconds(pause));
            pacer.Spend(20, due =>
            {
                done.Add((now, due));
                return due;
            });
        }

        Assert.NotEmpty(done);
        Assert.All(
            done, first => Assert.InRange(done.Where(other => other.At >= first.At && other.At < first.At + 0.999).Sum(static other => other.Count), 1, 20));
    }

    [Fact]
    public void Spend_AfterALongPause_GivesHalfASecondsWorth()
    {
        var pacer = new Pacer(_time);
        _time.Advance(TimeSpan.FromHours(1));

        var due = 0;
        pacer.Spend(50, some => due = some);

        Assert.Equal(25, due);
    }

    [Fact]
    public void Spend_WhatWasNotDone_IsStillDue()
    {
        var pacer = new Pacer(_time);
        _time.Advance(TimeSpan.FromSeconds(1));
        pacer.Spend(10, static _ => 0);

        var due = 0;
        pacer.Spend(10, some => due = some);

        Assert.Equal(5, due);
    }

    [Fact]
    public void Spend_WhatTookLong_IsNotMadeUpFor()
    {
        var pacer = new Pacer(_time);
        _time.Advance(TimeSpan.FromSeconds(1));
        pacer.Spend(10, some =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return some;
        });

        pacer.Spend(10, static due => throw new InvalidOperationException($"{due} are due."));
    }

    [Fact]
    public void TrySpend_InitialCredit_IsThereAtOnce()
    {
        var pacer = new Pacer(_time, initial: 2);

        Assert.Equal([true, true, false], [pacer.TrySpend(4), pacer.TrySpend(4), pacer.TrySpend(4)]);
        _time.Advance(TimeSpan.FromSeconds(0.26));
        Assert.Equal([true, false], [pacer.TrySpend(4), pacer.TrySpend(4)]);
    }
}
