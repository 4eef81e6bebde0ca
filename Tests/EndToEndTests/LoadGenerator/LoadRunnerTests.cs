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

        var result = await RunAsync(scenario, Settings with { Timeout = TimeSpan.FromSeconds(1) });

        Assert.Equal((9, 1), (result.Succeeded, result.Failed));
        Assert.Equal("no answer when the run ended", Assert.Single(result.Errors).Key);
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

    private Task<LoadResult> RunAsync(ScriptedScenario scenario, LoadSettings settings) =>
        new LoadRunner(_clock).RunAsync(scenario, settings, new ConnectionTrace(), TestContext.Current.CancellationToken);
}
