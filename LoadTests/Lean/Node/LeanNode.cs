using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using LoadTests.Engine;

namespace LoadTests.Lean.Node;

/// <summary>A hub node for comparisons: SignalR on the wire, and so little work that the proxy is what is measured.</summary>
/// <remarks>
/// It knows two hub methods: <c>Echo(text)</c>, and the stream <c>Ticks()</c> of one clock value each second. It reads messages as the .NET client writes them
/// (type first, arguments last), negotiates all three transports, and answers every other GET with a short page.
/// </remarks>
internal sealed class LeanNode : IDisposable
{
    /// <summary>Hidden sub-command; the node's name follows.</summary>
    public const string Command = "lean-node";

    /// <summary>What the sub-command prints before its address.</summary>
    public const string Listening = "listening on ";

    private const int Backlog = 4096;
    private static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan TickInterval = TimeSpan.FromSeconds(1);

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly NodeClients _clients = new();

    /// <param name="name">Its page says it.</param>
    public LeanNode(string name)
    {
        Name = name;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, port: 0));
        _listener.Listen(Backlog);
    }

    public string Name { get; }

    /// <summary>It listens from the start.</summary>
    public Uri Url => new($"http://{_listener.LocalEndPoint}");

    /// <summary>Serves until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stop) =>
        await Task.WhenAll(AcceptAsync(stop), PingAsync(stop), TickAsync(stop)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var socket = await _listener.AcceptAsync(stop);
            _ = new NodeConnection(new LeanSocket(socket, bufferSize: 1024), _clients, Name).ServeAsync();
        }
    }

    private async Task PingAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(PingInterval);
        while (await timer.WaitForNextTickAsync(stop))
        {
            foreach (var client in _clients.All)
            {
                client.Ping();
            }
        }
    }

    // Each client has its own place in the second, so that the load is even.
    private Task TickAsync(CancellationToken stop) => Task.Factory.StartNew(
        async () =>
        {
            var begun = Stopwatch.GetTimestamp();
            while (!stop.IsCancellationRequested)
            {
                var wait = _clients.SendDueTicks(Stopwatch.GetElapsedTime(begun), TickInterval);
                await PreciseDelay.WaitAsync(wait, TimeProvider.System, stop);
            }
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default).Unwrap();
}
