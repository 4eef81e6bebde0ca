using Xunit;

namespace Tests.Common;

/// <summary>A server of this solution as a process of its own, which can be killed, frozen and started again on the port it had.</summary>
public abstract class ServerProcess(string name, string project) : IAsyncDisposable
{
    private ChildProcess? _process;
    private int _starts;

    public string Name { get; } = name;

    /// <summary>Where it listens; the system chose the port at the first start.</summary>
    public Uri Url { get; private set; } = new("http://127.0.0.1:0");

    /// <summary>Starts it, or starts it again at the same address, and waits until it listens.</summary>
    public async Task StartAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _starts++;
        _process = ChildProcess.StartDotnet($"{project} {Name}, start {_starts}", project, [.. Arguments(Url)]);
        Url = await _process.WaitForAsync(lines => FindUrl("Now listening on: ", lines), "listens");
        await ListeningAsync(_process);
    }

    /// <summary>SIGKILL; returns when the process is gone and its port free.</summary>
    public async Task KillAsync()
    {
        Process.Kill();
        await Process.WaitForExitAsync();
    }

    /// <summary>SIGTERM; returns the exit code.</summary>
    public async Task<int> TerminateAsync(TimeSpan? within = null)
    {
        Process.Terminate();
        return await Process.WaitForExitAsync(within);
    }

    /// <summary>SIGSTOP.</summary>
    public void Freeze() => Process.Freeze();

    /// <summary>SIGCONT.</summary>
    public void Resume() => Process.Resume();

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await DisposeCoreAsync();
    }

    protected virtual async ValueTask DisposeCoreAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }
    }

    protected ChildProcess Process
    {
        get
        {
            Assert.NotNull(_process);
            return _process;
        }
    }

    /// <summary>The command line for a given address; port 0 at the first start.</summary>
    protected abstract IEnumerable<string> Arguments(Uri url);

    /// <summary>Called once it listens.</summary>
    protected virtual Task ListeningAsync(ChildProcess process) => Task.CompletedTask;

    /// <summary>The first address that follows these words in what a server has printed or logged.</summary>
    public static Uri? FindUrl(string words, IEnumerable<string> lines)
    {
        var said = lines.Select(line => line.Split(words)).FirstOrDefault(parts => parts.Length == 2);
        return said is null ? null : new Uri(said[1].Trim());
    }
}
