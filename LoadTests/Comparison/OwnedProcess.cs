using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;

namespace LoadTests.Comparison;

/// <summary>A program that a comparison runs and always ends, with all that it started.</summary>
internal sealed class OwnedProcess : IAsyncDisposable
{
    /// <summary>Environment variable: what waits for a socket goes on where its event is seen. Nothing may block then.</summary>
    public const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    private const int MostLines = 200;
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(30);
    private static readonly ConcurrentDictionary<OwnedProcess, byte> Running = new();

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly Task _output;

    static OwnedProcess() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        foreach (var process in Running.Keys)
        {
            process.Kill();
        }
    };

    private OwnedProcess(string name, Process process)
    {
        Name = name;
        _process = process;
        _output = Task.WhenAll(CollectAsync(process.StandardOutput), CollectAsync(process.StandardError));
        Running.TryAdd(this, 0);
    }

    public string Name { get; }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>The last lines that it printed.</summary>
    public IReadOnlyCollection<string> Lines => _lines;

    /// <param name="name">For messages.</param>
    /// <param name="command">Program and arguments.</param>
    /// <param name="cores">The cores that it may use, and of which its runtime knows, as taskset takes them; null for those of this process.</param>
    /// <param name="environment">Added to this process's own.</param>
    public static OwnedProcess Start(string name, IReadOnlyList<string> command, string? cores, IEnumerable<KeyValuePair<string, string>>? environment = null)
    {
        // taskset becomes the program, so that the process id is the program's.
        string[] pinned = cores is null ? [.. command] : ["taskset", "-c", cores, .. command];
        var info = new ProcessStartInfo(pinned[0], pinned[1..]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        info.Environment.Remove(InlineCompletions); // this process's own may have it
        foreach (var (key, value) in environment ?? [])
        {
            info.Environment[key] = value;
        }

        return new OwnedProcess(name, Process.Start(info)!);
    }

    /// <summary>Waits for a line that has these words, and returns what follows them.</summary>
    public async Task<string> WaitForAsync(string words, CancellationToken cancellationToken)
    {
        string? found = null;
        await WaitUntilAsync(() => (found = Find(words)) is not null, cancellationToken);
        return found!;
    }

    /// <summary>Waits until a condition holds that only a running process brings about.</summary>
    /// <exception cref="InvalidOperationException">It ended, or time is up; the message has its last lines.</exception>
    public async Task WaitUntilAsync(Func<bool> condition, CancellationToken cancellationToken)
    {
        var begun = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (_process.HasExited || Stopwatch.GetElapsedTime(begun) > StartTime)
            {
                await Task.WhenAny(_output, Task.Delay(TimeSpan.FromSeconds(1), cancellationToken));
                throw new InvalidOperationException($"{Name} did not start: {string.Join(Environment.NewLine, _lines)}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken);
        }
    }

    /// <summary>SIGKILL, for it and all that it started.</summary>
    public void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception error) when (error is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It has ended by itself.
        }
    }

    public async ValueTask DisposeAsync()
    {
        Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        await _output;
        Running.TryRemove(this, out _);
        _process.Dispose();
    }

    private string? Find(string words)
    {
        var line = _lines.FirstOrDefault(line => line.Contains(words, StringComparison.Ordinal));
        return line?[(line.IndexOf(words, StringComparison.Ordinal) + words.Length)..].Trim();
    }

    private async Task CollectAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            _lines.Enqueue(line);
            while (_lines.Count > MostLines)
            {
                _lines.TryDequeue(out _);
            }
        }
    }
}
