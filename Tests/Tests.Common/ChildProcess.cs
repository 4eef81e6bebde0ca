using System.Collections.Concurrent;
using System.Diagnostics;
using Xunit;

namespace Tests.Common;

/// <summary>A program that a test runs, signals and always reaps.</summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private static readonly ConcurrentDictionary<ChildProcess, byte> Running = new();

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly ConcurrentQueue<string> _errorLines = new();
    private readonly Task _stdout;
    private readonly Task _stderr;

    static ChildProcess() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        foreach (var child in Running.Keys)
        {
            child.Kill();
        }
    };

    private ChildProcess(string title, Process process, Action<string>? onLine)
    {
        Title = title;
        _process = process;
        _stdout = CollectAsync(process.StandardOutput, onLine);
        _stderr = CollectAsync(process.StandardError, _errorLines.Enqueue);
        Running.TryAdd(this, 0);
    }

    /// <summary>What the test's output calls it.</summary>
    public string Title { get; }

    /// <summary>Everything it has printed so far.</summary>
    public IReadOnlyCollection<string> Lines => _lines;

    /// <summary>What it has printed to its standard error so far.</summary>
    public IReadOnlyCollection<string> ErrorLines => _errorLines;

    public bool HasExited => _process.HasExited;

    /// <summary>Lines written here arrive at its standard input.</summary>
    public StreamWriter Input => _process.StandardInput;

    /// <param name="title">What the test's output calls it.</param>
    /// <param name="fileName">Program on PATH, or its path.</param>
    /// <param name="arguments">Passed as they are.</param>
    /// <param name="environment">Added to this process's own.</param>
    /// <param name="workingDirectory">This process's own when left out.</param>
    /// <param name="onLine">Called for each line of standard output, in order.</param>
    public static ChildProcess Start(
        string title,
        string fileName,
        IEnumerable<string> arguments,
        IEnumerable<KeyValuePair<string, string>>? environment = null,
        string? workingDirectory = null,
        Action<string>? onLine = null)
    {
        var info = new ProcessStartInfo(fileName, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingDirectory ?? "",
        };
        foreach (var (key, value) in environment ?? [])
        {
            info.Environment[key] = value;
        }

        return new ChildProcess(title, Process.Start(info)!, onLine);
    }

    /// <summary>Starts a program of this solution.</summary>
    public static ChildProcess StartDotnet(string title, string project, IEnumerable<string> arguments, Action<string>? onLine = null)
        => Start(title, Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [SolutionLayout.ProgramOf(project), .. arguments], onLine: onLine);

    /// <summary>Waits until it has printed what is looked for; fails when it exits before.</summary>
    public async Task<T> WaitForAsync<T>(Func<IReadOnlyCollection<string>, T?> find, string expectation)
        where T : class
    {
        T? found = null;
        await Eventually.HoldsAsync(
            () => (found = find(Lines)) is not null || HasExited,
            seen: () => string.Join(Environment.NewLine, Lines),
            expectation: $"{Title}: {expectation}");
        if (found is null)
        {
            await Task.WhenAll(_stdout, _stderr);
            Assert.Fail($"{Title} exited with {_process.ExitCode} before: {expectation}{Environment.NewLine}{string.Join(Environment.NewLine, Lines)}");
        }

        return found;
    }

    /// <summary>SIGKILL.</summary>
    public void Kill()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }
    }

    /// <summary>SIGTERM.</summary>
    public void Terminate() => NativeSignal.Send(_process.Id, NativeSignal.Terminate);

    /// <summary>SIGUSR1, which means to a program what it says itself.</summary>
    public void SignalUser1() => NativeSignal.Send(_process.Id, NativeSignal.User1);

    /// <summary>SIGSTOP: connections stay open, nothing answers.</summary>
    public void Freeze() => NativeSignal.Send(_process.Id, NativeSignal.Stop);

    /// <summary>SIGCONT.</summary>
    public void Resume() => NativeSignal.Send(_process.Id, NativeSignal.Continue);

    /// <summary>Waits for its end and returns the exit code.</summary>
    public async Task<int> WaitForExitAsync(TimeSpan? within = null)
    {
        await Eventually.HoldsAsync(() => HasExited, within, expectation: Title + " exits");
        await Task.WhenAll(_stdout, _stderr);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        Kill(); // ends a frozen process too
        await _process.WaitForExitAsync(CancellationToken.None);
        await Task.WhenAll(_stdout, _stderr);
        Running.TryRemove(this, out _);
        TestOutput.Write(Title, Lines);
        _process.Dispose();
    }

    private async Task CollectAsync(StreamReader reader, Action<string>? onLine)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            _lines.Enqueue(line);
            onLine?.Invoke(line);
        }
    }
}
