using System.Net;
using System.Net.Sockets;

namespace LoadTests.Comparison.Contenders;

/// <summary>A proxy that is started with a configuration file and does not tell where it listens.</summary>
/// <param name="program">Its path.</param>
internal abstract class NativeContender(string program) : IContender
{
    private const int MostAttempts = 5;

    public abstract string Name { get; }

    public bool IsCompiledWhileRunning => false;

    public string? Version => Programs.FirstLineOf(program, "-v");

    protected string Program => program;

    public async Task<RunningContender> StartAsync(IReadOnlyList<Uri> nodes, string? cores, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            // A port that was free a moment ago; another when somebody was quicker.
            var port = FreePort();
            var folder = Directory.CreateTempSubdirectory($"compare-{Name}-");
            var file = Path.Combine(folder.FullName, Name + ".conf");
            await File.WriteAllTextAsync(file, Configuration(port, nodes, folder.FullName), cancellationToken);
            var process = OwnedProcess.Start(Name, Command(file, folder.FullName), cores);
            var running = new RunningContender(new Uri($"http://127.0.0.1:{port}"), process, folder);
            try
            {
                await process.WaitUntilAsync(() => Accepts(port), cancellationToken);
                return running;
            }
            catch (Exception error)
            {
                await running.DisposeAsync();
                if (error is not InvalidOperationException || attempt == MostAttempts)
                {
                    throw;
                }
            }
        }
    }

    protected abstract IReadOnlyList<string> Command(string file, string folder);

    protected abstract string Configuration(int port, IReadOnlyList<Uri> nodes, string folder);

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static bool Accepts(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
