using System.Globalization;
using Tests.Common;
using Xunit;

namespace EndToEndTests.Container;

/// <summary>A container from start to end: what it printed, the process in it, its own health check, the signal that stops it.</summary>
internal sealed class RunningContainer : IAsyncDisposable
{
    private readonly Buildah _buildah;
    private readonly string _container;
    private readonly ImageConfig _config;
    private readonly string[] _environment;
    private readonly ChildProcess _runner;

    private RunningContainer(Buildah buildah, string container, ImageConfig config, string[] environment)
    {
        _buildah = buildah;
        _container = container;
        _config = config;
        _environment = environment;
        _runner = Run(config.EntryPoint);
    }

    public IReadOnlyCollection<string> Lines => _runner.Lines;

    /// <summary>Starts the image with its own entry point, user and settings, on this machine's network.</summary>
    public static async Task<RunningContainer> StartAsync(Buildah buildah, string image, ImageConfig config, Dictionary<string, string> environment)
    {
        var container = await buildah.RunAsync("from", "--pull-never", image);
        return new RunningContainer(buildah, container, config, [.. environment.SelectMany(e => (string[])["--env", $"{e.Key}={e.Value}"])]);
    }

    /// <summary>Waits until an address answers with success; fails when the container ends before.</summary>
    public async Task AnswersAsync(Uri address)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        var last = "no answer";
        await Eventually.HoldsAsync(
            async () =>
            {
                Assert.False(_runner.HasExited, $"It ended instead of answering {address}: {Everything()}");
                try
                {
                    using var answer = await client.GetAsync(address, TestContext.Current.CancellationToken);
                    last = answer.StatusCode.ToString();
                    return answer.IsSuccessStatusCode;
                }
                catch (HttpRequestException e)
                {
                    last = e.Message;
                    return false;
                }
            },
            seen: () => $"{last}; {Everything()}",
            expectation: $"{address} answers");
    }

    /// <summary>The process of the entry point, 0 while there is none; buildah's own are between this program and that one.</summary>
    public int FindProcess()
    {
        var parents = Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id != 0)
            .ToDictionary(id => id, id => int.TryParse(ReadStatus(id, "PPid"), CultureInfo.InvariantCulture, out var parent) ? parent : 0);
        return parents.Keys.SingleOrDefault(id => ReadStatus(id, "Name") == "dotnet" && IsBelowRunner(id));

        bool IsBelowRunner(int process)
        {
            while (parents.TryGetValue(process, out process))
            {
                if (ReadCommandLine(process).Contains($"\0{_container}\0", StringComparison.Ordinal))
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>A line of the process's <c>/proc/ID/status</c>.</summary>
    public static string ReadStatus(int process, string name)
    {
        var lines = ReadOfProcess(process, "status").Split('\n');
        return lines.FirstOrDefault(line => line.StartsWith($"{name}:", StringComparison.Ordinal))?[(name.Length + 1)..].Trim() ?? "";
    }

    /// <summary>Runs what the image's HEALTHCHECK says beside the process, as a container engine does, and returns its exit code.</summary>
    public async Task<int> CheckHealthAsync()
    {
        Assert.Equal("CMD", _config.HealthCheck[0]); // CMD-SHELL would need a shell
        await using var check = Run(_config.HealthCheck[1..]);
        return await check.WaitForExitAsync();
    }

    /// <summary>Sends SIGTERM to the process, as <c>docker stop</c> does, and returns the exit code.</summary>
    public async Task<int> StopAsync()
    {
        await Buildah.RunOtherAsync("kill", "-TERM", FindProcess().ToString(CultureInfo.InvariantCulture));
        return await WaitForExitAsync();
    }

    public Task<int> WaitForExitAsync() => _runner.WaitForExitAsync();

    public async ValueTask DisposeAsync()
    {
        if (!_runner.HasExited && FindProcess() is var process and not 0)
        {
            await Buildah.RunOtherAsync("kill", "-KILL", process.ToString(CultureInfo.InvariantCulture));
            await WaitForExitAsync();
        }

        await _runner.DisposeAsync();
        await _buildah.RunAsync("rm", _container);
    }

    private ChildProcess Run(string[] command) => _buildah.Start(["run", "--network=host", .. _environment, _container, "--", .. command]);

    private string Everything() => string.Join('\n', Lines);

    private static string ReadCommandLine(int process) => ReadOfProcess(process, "cmdline");

    private static string ReadOfProcess(int process, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/{file}");
        }
        catch (IOException)
        {
            return ""; // ended meanwhile
        }
    }
}
