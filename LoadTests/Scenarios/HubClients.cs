using System.Net;
using System.Net.WebSockets;
using LoadTests.Connections;
using LoadTests.Engine;
using Microsoft.AspNetCore.SignalR.Client;

namespace LoadTests.Scenarios;

/// <summary>Makes hub connections as the settings say, and holds those that a scenario keeps open.</summary>
/// <param name="settings">Transport, number of connections and the like.</param>
/// <param name="trace">Counts the HTTP answers that the clients get.</param>
/// <param name="time">Times the connects.</param>
public sealed class HubClients(LoadSettings settings, ConnectionTrace trace, TimeProvider time) : IAsyncDisposable
{
    private const int OpenedAtOnce = 64;

    private readonly SocketsHttpHandler? _http = settings.SharedHttp ? CreateHandler() : null;

    // Upgraded TCP connections leave the pool, so sharing it changes nothing on the wire and saves memory.
    private readonly SocketsHttpHandler _webSockets = CreateHandler();
    private readonly LatencyHistogram _connects = new();
    private HubConnection[] _open = [];
    private int _lost;
    private int _openCount;
    private volatile bool _closing;

    /// <summary>Connections that did not stay open.</summary>
    public int Lost => Volatile.Read(ref _lost);

    /// <summary>Connections that are open now.</summary>
    public int Open => Volatile.Read(ref _openCount);

    /// <summary>Makes a client; nothing is sent yet.</summary>
    public HubConnection Create()
    {
        var cookies = settings.Cookies ? new CookieContainer() : null;
        return new HubConnectionBuilder().WithUrl(settings.Url, settings.Transport, options =>
        {
            options.SkipNegotiation = settings.SkipNegotiation;
            options.HttpMessageHandlerFactory = _ => Observe(_http ?? CreateHandler(), cookies, isShared: _http is not null);
            options.WebSocketFactory = (context, cancellationToken) => ConnectAsync(context.Uri, cookies, cancellationToken);
        }).Build();
    }

    /// <summary>Starts a client.</summary>
    /// <exception cref="InvalidOperationException">The transport did not start. The official client's own error tells of all transports.</exception>
    public static async Task StartAsync(HubConnection connection, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(connection);
        try
        {
            await connection.StartAsync(cancellationToken);
        }
        catch (AggregateException error) when (error.InnerExceptions.FirstOrDefault(transport => transport.InnerException is not null) is { } tried)
        {
            throw new InvalidOperationException(tried.Message, tried);
        }
    }

    /// <summary>Opens as many connections as the settings say, and keeps them.</summary>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        _open = [.. Enumerable.Range(0, settings.Connections).Select(_ => Create())];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = OpenedAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(_open, parallel, async (connection, token) =>
        {
            connection.Closed += OnClosedAsync;
            var begun = time.GetTimestamp();
            await StartAsync(connection, token);
            Interlocked.Increment(ref _openCount);
            _connects.Record(time.GetElapsedTime(begun));
        });
    }

    /// <summary>The connection that a unit uses.</summary>
    public HubConnection For(long number) => _open[number % _open.Length];

    /// <summary>How many are open, and how long their opening took.</summary>
    public IEnumerable<Figure> Figures() =>
    [
        new("connections open", Open),
        new("connect in set-up, p50", _connects.Percentile(50).TotalMilliseconds, "ms"),
        new("connect in set-up, max", _connects.Max.TotalMilliseconds, "ms"),
    ];

    public async ValueTask DisposeAsync()
    {
        _closing = true;
        await Parallel.ForEachAsync(_open, new ParallelOptions { MaxDegreeOfParallelism = OpenedAtOnce }, (connection, _) => connection.DisposeAsync());
        _http?.Dispose();
        _webSockets.Dispose();
    }

    // No proxy from the environment: what is measured is the server at the URL.
    private static SocketsHttpHandler CreateHandler() => new() { UseCookies = false, UseProxy = false };

    private ObservingHandler Observe(HttpMessageHandler handler, CookieContainer? cookies, bool isShared) =>
        new(handler, trace) { Cookies = cookies, Timeout = settings.Timeout, IsInnerShared = isShared };

    private async ValueTask<WebSocket> ConnectAsync(Uri url, CookieContainer? cookies, CancellationToken cancellationToken)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("X-Requested-With", "XMLHttpRequest"); // as on the official client's other requests
        try
        {
            using var upgrade = new HttpMessageInvoker(Observe(_webSockets, cookies, isShared: true));
            await socket.ConnectAsync(url, upgrade, cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private Task OnClosedAsync(Exception? error)
    {
        Interlocked.Decrement(ref _openCount);
        if (!_closing)
        {
            Interlocked.Increment(ref _lost);
        }

        return Task.CompletedTask;
    }
}
