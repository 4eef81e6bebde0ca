using LoadTests.Engine;
using LoadTests.Reports;
using Spectre.Console;
using Xunit;

namespace EndToEndTests.LoadGenerator;

public sealed class LiveProgressTests : IDisposable
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(20);

    private readonly StringWriter _written = new();

    public void Dispose() => _written.Dispose();

    [Fact]
    public async Task Log_GetsALineForEachPhaseAndOneEveryFiveSeconds()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(_written) });
        console.Profile.Width = 200;

        await RunAsync(console);

        Assert.Equal(
            [
                "echo: set-up",
                "echo: measuring, 00:00:20",
                "echo: 00:05, 105/s, 1 failed, p50 2.0 ms, p99 9.0 ms, 7 open",
                "echo: 00:10, 110/s, 1 failed, p50 2.0 ms, p99 9.0 ms, 7 open",
            ],
            _written.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd()));
    }

    [Theory]
    [InlineData(200)]
    [InlineData(110)]
    public async Task Terminal_GetsABarAndTheFiguresOfEachSecond(int width)
    {
        await RunAsync(Terminal(width));

        Assert.Contains("━━━━", _written.ToString(), StringComparison.Ordinal);
        Assert.Contains("measuring 00:03 -00:17  103/s, 1 failed, p50 2.0 ms, p99 9.0 ms, 7 open", _written.ToString(), StringComparison.Ordinal);
        Assert.Contains("measuring 00:12 -00:08  112/s, 1 failed, p50 2.0 ms, p99 9.0 ms, 7 open", _written.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Terminal_RunFails_ThrowsWhatTheRunThrew()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(
            () => LiveProgress.ShowAsync<int>(Terminal(width: 120), "echo", _ => throw new InvalidOperationException("refused")));

        Assert.Equal("refused", error.Message);
    }

    [Fact]
    public async Task Terminal_IdleRun_HasNoLatencies()
    {
        await LiveProgress.ShowAsync(Terminal(width: 120), "idle", tell =>
        {
            tell(new LoadProgress(LoadPhase.Measuring, Length, Seconds(1), Failed: 0, new LoadSample(Seconds(0), Seconds(1), 0, 0, default, default, 9)));
            return Task.FromResult(0);
        });

        Assert.Contains("measuring 00:01 -00:19  0/s, 0 failed, 9 open", _written.ToString(), StringComparison.Ordinal);
    }

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);

    private static Task<int> RunAsync(IAnsiConsole console) => LiveProgress.ShowAsync(console, "echo", tell =>
    {
        tell(new LoadProgress(LoadPhase.SetUp));
        tell(new LoadProgress(LoadPhase.Measuring, Length));
        for (var second = 1; second <= 12; second++)
        {
            var latest = new LoadSample(Seconds(second - 1), Seconds(second), 100 + second, 0, TimeSpan.FromMilliseconds(2), TimeSpan.FromMilliseconds(9), 7);
            tell(new LoadProgress(LoadPhase.Measuring, Length, Seconds(second), Failed: 1, latest));
        }

        return Task.FromResult(0);
    });

    private IAnsiConsole Terminal(int width) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = AnsiSupport.Yes,
        ColorSystem = ColorSystemSupport.NoColors,
        Interactive = InteractionSupport.Yes,
        Out = new TerminalOutput(_written, width),
    });
}
