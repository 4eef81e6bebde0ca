using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Tests.Common;

/// <summary>An empty Redis server, which can be killed, frozen and started again, empty, on the port it had.</summary>
/// <param name="options">More of its command line.</param>
public sealed class RedisProcess(params string[] options) : IAsyncDisposable
{
    private const int MaxTries = 5;

    private readonly string _program = Requirement.RedisServer();
    private ChildProcess? _process;

    /// <summary>Where it listens, or will.</summary>
    public IPEndPoint Address { get; private set; } = FreeAddress();

    /// <summary>What makes a gateway share ids by it.</summary>
    public string[] GatewayOptions => ["--Gateway:Affinity:Store=Redis", $"--Gateway:Affinity:Redis:Configuration={Address}"];

    /// <summary>Starts it and waits until it answers. Redis cannot be told to choose a port: if somebody was faster, the next one is tried.</summary>
    public async Task StartAsync()
    {
        var isNew = _process is null;
        for (var tries = 1; ; tries++)
        {
            if (_process is not null)
            {
                await _process.DisposeAsync();
            }

            _process = ChildProcess.Start("redis-server", _program,
            [
                "--bind", Address.Address.ToString(), "--port", Address.Port.ToString(CultureInfo.InvariantCulture), "--save", "", "--appendonly", "no",
                "--daemonize", "no", .. options,
            ]);
            await Eventually.HoldsAsync(() => IsReady || _process.HasExited, expectation: "redis-server is ready");
            if (IsReady)
            {
                return;
            }

            Assert.True(tries < MaxTries, "redis-server did not start:" + Environment.NewLine + string.Join(Environment.NewLine, _process.Lines));
            if (isNew)
            {
                Address = FreeAddress();
            }
        }
    }

    /// <summary>SIGKILL; returns when the process is gone, and everything that it held.</summary>
    public async Task KillAsync()
    {
        Assert.NotNull(_process);
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGSTOP: connections stay open, nothing answers.</summary>
    public void Freeze() => _process?.Freeze();

    /// <summary>SIGCONT.</summary>
    public void Resume() => _process?.Resume();

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }
    }

    private bool IsReady => _process!.Lines.Any(line => line.Contains("Ready to accept connections", StringComparison.Ordinal));

    private static IPEndPoint FreeAddress()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return (IPEndPoint)socket.LocalEndPoint!;
    }
}
