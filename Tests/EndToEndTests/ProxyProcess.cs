using System.Net;
using System.Net.Sockets;
using Tests.Common;
using Xunit;

namespace EndToEndTests;

/// <summary>A proxy of somebody else's, such as nginx, with a configuration of its own.</summary>
internal sealed class ProxyProcess : IAsyncDisposable
{
    private const int MostAttempts = 10;

    private readonly DirectoryInfo _folder;
    private readonly ChildProcess _process;

    private ProxyProcess(Uri url, DirectoryInfo folder, ChildProcess process)
    {
        Url = url;
        _folder = folder;
        _process = process;
    }

    public Uri Url { get; }

    /// <param name="name">The program's name.</param>
    /// <param name="program">Its path.</param>
    /// <param name="configuration">Its configuration, when it listens at an address and has a folder.</param>
    /// <param name="arguments">Its arguments, with the folder and the file of the configuration.</param>
    public static async Task<ProxyProcess> StartAsync(
        string name, string program, Func<Uri, string, string> configuration, Func<string, string, string[]> arguments)
    {
        for (var attempt = 1; ; attempt++)
        {
            // Such programs do not tell which port the system chose: they get one that was free a moment ago, and another when somebody was quicker.
            var url = new Uri($"http://127.0.0.1:{FreePort()}");
            var folder = Directory.CreateTempSubdirectory(name + "-");
            var file = Path.Combine(folder.FullName, name + ".conf");
            await File.WriteAllTextAsync(file, configuration(url, folder.FullName), TestContext.Current.CancellationToken);
            var process = ChildProcess.Start(name, program, arguments(folder.FullName, file));
            await Eventually.HoldsAsync(async () => process.HasExited || await AcceptsAsync(url), expectation: name + " listens");
            if (!process.HasExited)
            {
                return new ProxyProcess(url, folder, process);
            }

            await process.DisposeAsync();
            folder.Delete(recursive: true);
            Assert.True(attempt < MostAttempts, name + " does not start; its output says why.");
        }
    }

    /// <summary>SIGTERM: ends all its connections; its port is free afterwards.</summary>
    public async Task StopAsync()
    {
        if (!_process.HasExited)
        {
            _process.Terminate();
        }

        await _process.WaitForExitAsync();
    }

    /// <summary>SIGUSR1, at HAProxy a soft stop: it takes no new connections and goes when the last one has ended. Returns when its port is free.</summary>
    public async Task StopSoftlyAsync()
    {
        _process.SignalUser1();
        await Eventually.HoldsAsync(async () => !await AcceptsAsync(Url), expectation: "it does not listen any more");
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _process.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static async Task<bool> AcceptsAsync(Uri url)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, url.Port, TestContext.Current.CancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
