using LoadTests.Engine;
using Spectre.Console;
using static System.FormattableString;

namespace LoadTests.Reports;

/// <summary>Shows a run while it runs: a bar on a terminal, a line now and then anywhere else.</summary>
internal static class LiveProgress
{
    // In a log, twelve lines for a minute.
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(5);

    /// <summary>Runs something that tells its progress.</summary>
    /// <param name="console">Where to show it.</param>
    /// <param name="name">The scenario's.</param>
    /// <param name="run">Gets what to call; not from two threads at once.</param>
    public static Task<T> ShowAsync<T>(IAnsiConsole console, string name, Func<Action<LoadProgress>, Task<T>> run) =>
        IsTerminal(console) ? ShowBarAsync(console, name, run) : run(Lines(console, name));

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
                next = latest.End + LineInterval;
                console.MarkupLineInterpolated($"[grey]{name}: {ProgressText.Clock(latest.End)}: {ProgressText.Figures(progress, latest)}[/]");
            }
        };
    }

    private static Task<T> ShowBarAsync<T>(IAnsiConsole console, string name, Func<Action<LoadProgress>, Task<T>> run) => console.Progress()
        .AutoRefresh(enabled: false)
        .AutoClear(enabled: true)
        .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 20 })
        .StartAsync(context =>
        {
            var bar = context.AddTask(Markup.Escape(name));
            return run(progress =>
            {
                Update(bar, name, progress);
                context.Refresh();
            });
        });

    private static void Update(ProgressTask bar, string name, LoadProgress progress)
    {
        var text = progress.Latest is { } latest ? Remaining(progress) + "  " + ProgressText.Figures(progress, latest) : ProgressText.Beginning(progress);
        bar.Description = Invariant($"{Markup.Escape(name)} {ProgressText.NameOf(progress.Phase)}  {Markup.Escape(text)}");
        bar.IsIndeterminate = progress.Length is null;
        bar.Value = progress.Length is { } length ? Math.Min(100, 100 * (progress.Elapsed / length)) : 0;
    }

    private static string Remaining(LoadProgress progress)
    {
        var left = progress.Length is { } length && length > progress.Elapsed ? length - progress.Elapsed : TimeSpan.Zero;
        return $"{ProgressText.Clock(progress.Elapsed)}, {ProgressText.Clock(left)} left";
    }
}
