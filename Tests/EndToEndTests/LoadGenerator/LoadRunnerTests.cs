using LoadTests.Connections;
using LoadTests.Engine;
using Xunit;

namespace EndToEndTests.LoadGenerator;

/// <summary>Ten units per second for a second, by a clock that only this test moves.</summary>
public sealed class LoadRunnerTests
{
    private static readonly LoadSettings Settings = new()
    {
        Scenario = "scripted",
        Url = new Uri("http://localhost"),
        Rate = 10,
        Connections = 1,
        Duration = TimeSpan.FromSeconds(1),
        WarmUp = TimeSpan.Zero,
    };

    private readonly SelfAdvancingClock _clock = new();

    [Fact]
    public async Task OpenLoop_GeneratorStalls_TheUnitsItDelayedCountFromTheirIntendedStart()
    {
        var scenario = new ScriptedScenario(number =>
        {
            _clock.Advance(TimeSpan.FromMilliseconds(number == 3 ? 450 : 0));
            return Task.CompletedTask;
        });

        var result = await RunAsync(scenario, Settings);

        // Meant for 300 and done at 750; those meant for 400, 500, 600 and 700 start then.
        Assert.Equal((10, 10), (result.Started, result.Succeeded));
        AssertAbout(450, result.Latency.Max);
        AssertAbout(450, result.Service.Max);
        AssertAbout(350, result.Lag.Max);
        AssertAbout(150, result.Latency.Percentile(70));
    }

    [Fact]
    public async Task OpenLoop_ServerStalls_UnitsStartAllTheSame()
    {
        var answer = new TaskCompletionSource();
        var scenario = new ScriptedScenario(async number =>
        {
            if (number == 9)
            {
                answer.SetResult();
            }

            await answer.Task;
        });

        var result = await RunAsync(scenario, Settings);

        Assert.Equal((10, 10), (result.Started, result.Succeeded));
        AssertAbout(900, result.Latency.Max);
        AssertAbout(0, result.Lag.Max);
    }

    [Fact]
    public async Task OpenLoop_StallOutlastsTheSchedule_NoUnitIsLeftOut()
    {
        var scenario = new ScriptedScenario(number =>
        {
            _clock.Advance(TimeSpan.FromSeconds(number == 0 ? 5 : 0));
            return Task.CompletedTask;
        });

        var result = await RunAsync(scenario, Settings);

        Assert.Equal((10, 10), (result.Started, result.Succeeded));
        AssertAbout(4900, result.Lag.Max);
    }

    [Fact]
    public async Task ClosedLoop_OneWorker_StartsAUnitWhenItsLastHasEnded()
    {
        var numbers = new List<long>();
        var scenario = new ScriptedScenario(number =>
        {
            numbers.Add(number);
            _clock.Advance(TimeSpan.FromMilliseconds(250));
            return Task.CompletedTask;
        });

        var result = await RunAsync(scenario, Settings with { Rate = 0 });

        Assert.Equal([0, 1, 2, 3], numbers);
        Assert.Equal(4, result.Throughput, tolerance: 0.01);
        AssertAbout(250, result.Latency.Max);
    }

    [Fact]
    public async Task WarmUp_IsRunAndNotCounted()
    {
        var scenario = new ScriptedScenario(_ => Task.CompletedTask);

        var result = await RunAsync(scenario, Settings with { WarmUp = TimeSpan.FromSeconds(1) });

        Assert.Equal((20, 10), (scenario.Units, result.Started));
    }

    [Fact]
    public async Task Units_ThatFail_AreCountedByErrorAndHaveNoLatency()
    {
        var scenario = new ScriptedScenario(number => number % 2 == 0 ? Task.CompletedTask : throw new InvalidOperationException("odd"));

        var result = await RunAsync(scenario, Settings);

        Assert.Equal((5, 5, 5), (result.Succeeded, result.Failed, result.Latency.Count));
        Assert.Equal(("InvalidOperationException: odd", 5), Assert.Single(result.Errors) is var error ? (error.Key, error.Value) : default);
    }

    [Fact]
    public async Task Units_ThatNeverEnd_AreFailuresAfterTheTimeout()
    {
        var scenario = new ScriptedScenario(number => number == 0 ? new TaskCompletionSource().Task : Task.CompletedTask);

        var result = await RunAsync(scenario, Settings with { Timeout = TimeSpan.FromSeconds(0.5) });

        Assert.Equal((9, 1), (result.Succeeded, result.Failed));
        Assert.Equal("no answer when the run ended", Assert.Single(result.Errors).Key);
    }

    [Fact]
    public async Task Samples_EachSecond_HoldWhatEndedInIt()
    {
        var scenario = new ScriptedScenario(
            number => number is 12 or 13 ? throw new InvalidOperationException("unlucky") : Task.CompletedTask)
        { ConnectionsOpen = 7 };

        var result = await RunAsync(scenario, Settings with { Duration = TimeSpan.FromSeconds(3) });

        Assert.Equal(3, result.Samples.Count);
        Assert.Equal(result.Succeeded, result.Samples.Sum(sample => sample.Succeeded));
        Assert.Equal([0, 2, 0], result.Samples.Select(sample => sample.Failed));
        Assert.All(result.Samples, sample => Assert.InRange(sample.Succeeded + sample.Failed, 9, 11)); // the clock is a millisecond late at times
        Assert.All(result.Samples, sample => Assert.Equal(7, sample.ConnectionsOpen));
        Assert.Equal(result.Samples.Skip(1).Select(sample => sample.Begin), result.Samples.SkipLast(1).Select(sample => sample.End));
        Assert.Equal(result.Measured, result.Samples[^1].End);
    }

    [Fact]
    public async Task Samples_OneStall_IsSlowInItsSecondOnly()
    {
        var scenario = new ScriptedScenario(number =>
        {
            _clock.Advance(TimeSpan.FromMilliseconds(number == 3 ? 450 : 0));
            return Task.CompletedTask;
        });

        var result = await RunAsync(scenario, Settings with { Duration = TimeSpan.FromSeconds(3) });

        AssertAbout(450, result.Samples[0].P99);
        AssertAbout(0, result.Samples[2].P99);
    }

    [Fact]
    public async Task Samples_LongRun_AreAFewHundredAndLoseNothing()
    {
        var result = await RunAsync(new ScriptedScenario(_ => Task.CompletedTask), Settings with { Rate = 2, Duration = TimeSpan.FromSeconds(1000) });

        Assert.InRange(result.Samples.Count, 200, 300);
        Assert.Equal((2000, 2000), (result.Succeeded, result.Samples.Sum(sample => sample.Succeeded)));
    }

    [Fact]
    public async Task Progress_EachPhase_IsToldAtItsBeginAndEachSecond()
    {
        var told = new List<LoadProgress>();

        await RunAsync(
            new ScriptedScenario(_ => Task.CompletedTask), Settings with { WarmUp = TimeSpan.FromSeconds(1), Duration = TimeSpan.FromSeconds(3) }, told.Add);

        Assert.Equal(
            [LoadPhase.SetUp, LoadPhase.WarmUp, LoadPhase.Measuring], told.Where(progress => progress.Latest is null).Select(progress => progress.Phase));
        var measuring = told.Where(progress => progress is { Phase: LoadPhase.Measuring, Latest: not null }).ToList();
        Assert.InRange(measuring.Count, 2, 3); // the load may end before the tick of its last second
        Assert.All(measuring, progress => Assert.InRange(progress.Latest!.Succeeded, 9, 11));
    }

    [Fact]
    public async Task Parts_Named_AreCountedAndTimedForThemselves()
    {
        var scenario = new ScriptedScenario(number =>
        {
            _clock.Advance(TimeSpan.FromMilliseconds(number == 2 ? 50 : 0));
            return number == 5 ? throw new InvalidOperationException("five") : Task.CompletedTask;
        })
        {
            Part = number => number % 2 == 0 ? "even" : "odd",
        };

        var result = await RunAsync(scenario, Settings);

        Assert.Equal([("even", 5, 5, 0), ("odd", 5, 4, 1)], result.Parts.Select(part => (part.Name, part.Started, part.Succeeded, part.Failed)));
        AssertAbout(50, result.Parts[0].Latency.Max);
        AssertAbout(0, result.Parts[1].Latency.Max);
    }

    [Fact]
    public async Task BeginMeasuring_IsBetweenTheWarmUpAndTheFirstMeasuredUnit()
    {
        var scenario = new ScriptedScenario(_ => Task.CompletedTask);

        await RunAsync(scenario, Settings with { WarmUp = TimeSpan.FromSeconds(1) });

        Assert.Equal(10, scenario.UnitsBeforeMeasuring);
    }

    [Fact]
    public async Task SetUp_Fails_TheScenarioIsCleanedUp()
    {
        var scenario = new ScriptedScenario(_ => Task.CompletedTask) { SetUpError = new InvalidOperationException("refused") };

        await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(scenario, Settings));

        Assert.Equal((0, true), (scenario.Units, scenario.Disposed));
    }

    // A timer's shortest wait is a millisecond, and a bucket is a little wide.
    private static void AssertAbout(double milliseconds, TimeSpan actual) => Assert.InRange(actual.TotalMilliseconds, milliseconds - 0.01, milliseconds + 3);

    private Task<LoadResult> RunAsync(ScriptedScenario scenario, LoadSettings settings, Action<LoadProgress>? progress = null) =>
        new LoadRunner(_clock, progress).RunAsync(scenario, settings, new ConnectionTrace(), TestContext.Current.CancellationToken);
}
