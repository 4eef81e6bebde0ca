using LoadTests.Engine;
using Spectre.Console;

namespace LoadTests.Reports;

/// <summary>Shows a run while it runs: a bar on a terminal, a line now and then anywhere else.</summary>
internal static class LiveProgress
{
    // In a log, twelve lines for a minute.
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(5);

    private const int BarWidth = 20;

    /// <summary>Runs something that tells its progress.</summary>
    /// <param name="console">Where to show it.</param>
    /// <param name="name">The scenario's.</param>
    /// <param name="run">Gets what to call; not from two threads at once.</param>
    public static Task<T> ShowAsync<T>(IAnsiConsole console, string name, Func<Action<LoadProgress>, Task<T>> run) =>
        IsTerminal(console) ? ShowBarAsync(console, run) : run(Lines(console, name));

    private static bool IsTerminal(IAnsiConsole console) =>
        console.Profile is { Capabilities: { Ansi: true, Interactive: true }, Out.IsTerminal: true };

    private static Action<LoadProgress> Lines(IAnsiConsole console, string name)
    {
        var next = TimeSpan.Zero;
        return progress =>
        {
            if (progress.Latest is not { } latest)
            {
                next = LineInterval;
                console.MarkupLineInterpolated($"[grey]{name}: {ProgressText.Beginning(progress)}[/]");
            }
            else if (latest.End >= next)
            {
                next += LineInterval;
                console.MarkupLineInterpolated($"[grey]{name}: {ProgressText.Clock(latest.End)}, {ProgressText.Figures(progress, latest)}[/]");
            }
        };
    }

    private static Task<T> ShowBarAsync<T>(IAnsiConsole console, Func<Action<LoadProgress>, Task<T>> run) => console.Progress()
        .AutoRefresh(enabled: false)
        .AutoClear(enabled: true)
        .Columns(new ProgressBarColumn { Width = BarWidth }, new TaskDescriptionColumn { Alignment = Justify.Left })
        .StartAsync(context =>
        {
            var bar = context.AddTask(ProgressText.NameOf(LoadPhase.SetUp));
            return run(progress =>
            {
                bar.Description = Markup.Escape(ProgressText.Now(progress));
                bar.IsIndeterminate = progress.Length is null;
                bar.Value = progress.Length is { } length ? Math.Min(bar.MaxValue, bar.MaxValue * (progress.Elapsed / length)) : 0;
                context.Refresh();
            });
        });
}
