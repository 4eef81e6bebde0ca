using LoadTests.Engine;

namespace LoadTests.Lean;

/// <summary>Opens hub connections and keeps them, pinging as SignalR's clients do.</summary>
internal sealed class LeanConnections(LoadSettings settings, TimeProvider time) : IAsyncDisposable
{
    private const int OpenedAtOnce = 64;
    private static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(15);

    private readonly CancellationTokenSource _stop = new();
    private readonly LatencyHistogram _connects = new();
    private LeanConnection[] _open = [];
    private Task _pings = Task.CompletedTask;

    public int Lost => _open.Count(connection => connection.Ended.IsCompleted);

    /// <summary>Opens as many as the settings say.</summary>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        var target = await LeanTarget.ResolveAsync(settings.Url, cancellationToken);
        _open = await OpenAsync(target, settings.Connections, cancellationToken);
        _pings = PingAsync(_stop.Token);
    }

    public IReadOnlyList<LeanConnection> Open => _open;

    public IEnumerable<Figure> Figures() =>
    [
        new("connections open", _open.Length - Lost),
        new("connect in set-up, p50", _connects.Percentile(50).TotalMilliseconds, "ms"),
        new("connect in set-up, max", _connects.Max.TotalMilliseconds, "ms"),
    ];

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _pings.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var connection in _open)
        {
            connection.Dispose();
        }

        await Task.WhenAll(_open.Select(connection => connection.Ended));
        _stop.Dispose();
    }

    private async Task<LeanConnection[]> OpenAsync(LeanTarget target, int count, CancellationToken cancellationToken)
    {
        var open = new LeanConnection[count];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = OpenedAtOnce, CancellationToken = cancellationToken };
        try
        {
            await Parallel.ForAsync(0, count, parallel, async (i, token) =>
            {
                var begun = time.GetTimestamp();
                open[i] = await LeanConnection.OpenAsync(new LeanHubClient(target, settings.Cookies), settings.Transport, BufferSize(), token);
                _connects.Record(time.GetElapsedTime(begun));
            });
            return open;
        }
        catch
        {
            Array.ForEach(open, connection => connection?.Dispose());
            throw;
        }
    }

    // One receive for a usual message; for large ones, few.
    private int BufferSize() => Math.Clamp(settings.MessageSize * 2, 512, 64 * 1024);

    private async Task PingAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(PingInterval, time);
        while (await timer.WaitForNextTickAsync(stop))
        {
            foreach (var connection in _open.Where(connection => !connection.Ended.IsCompleted))
            {
                // A break is seen by the reader
                await connection.SendAsync(connection.Prepare(HubMessages.Ping)).AsTask().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
