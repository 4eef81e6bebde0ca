using System.Net.Sockets;
using LoadTests.Engine;
using Microsoft.AspNetCore.Http.Connections;

namespace LoadTests.Lean;

/// <summary>WebSockets whose clients reconnect when they break, at once and then after the delays of SignalR's clients.</summary>
internal sealed class LeanStorm(LoadSettings settings, TimeProvider time) : IAsyncDisposable
{
    private const int OpenedAtOnce = 64;
    private const int BufferSize = 512;

    // withAutomaticReconnect() of the official clients; there the fifth failure ends it, here the last delay is repeated.
    private static readonly TimeSpan[] Delays = [TimeSpan.Zero, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(30)];

    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private Task[] _clients = [];
    private int _broken;
    private int _back;
    private int _failed;
    private long _firstBreak;
    private TimeSpan _allBack;

    /// <summary>From a connection's break to its return.</summary>
    public LatencyHistogram Returns { get; } = new();

    /// <summary>Connections that broke; one that breaks twice counts twice.</summary>
    public int Broken => Volatile.Read(ref _broken);

    /// <summary>Connections that are back.</summary>
    public int Back => Volatile.Read(ref _back);

    /// <summary>Attempts to reconnect that did not end in an open connection.</summary>
    public int FailedAttempts => Volatile.Read(ref _failed);

    /// <summary>From the first break to the last return.</summary>
    public TimeSpan Lasted
    {
        get
        {
            lock (_gate)
            {
                return _allBack;
            }
        }
    }

    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        var target = await LeanTarget.ResolveAsync(settings.Url, cancellationToken);
        _clients = new Task[settings.Connections];
        Array.Fill(_clients, Task.CompletedTask);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = OpenedAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, _clients.Length, parallel, async (i, token) =>
        {
            var client = new LeanHubClient(target, settings.Cookies);
            var connection = await LeanConnection.OpenAsync(client, HttpTransportType.WebSockets, BufferSize, token);
            _clients[i] = KeepAsync(client, connection, _stop.Token);
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_clients).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task KeepAsync(LeanHubClient client, LeanConnection connection, CancellationToken stop)
    {
        while (true)
        {
            using (connection)
            {
                await connection.Ended.WaitAsync(stop);
            }

            var brokenAt = time.GetTimestamp();
            CountBreak(brokenAt);
            connection = await ReconnectAsync(client, stop);
            Returns.Record(time.GetElapsedTime(brokenAt));
            CountReturn();
        }
    }

    private async Task<LeanConnection> ReconnectAsync(LeanHubClient client, CancellationToken stop)
    {
        for (var attempt = 0; ; attempt++)
        {
            await Task.Delay(Delays[Math.Min(attempt, Delays.Length - 1)], time, stop);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
            limit.CancelAfter(settings.Timeout);
            try
            {
                return await LeanConnection.OpenAsync(client, HttpTransportType.WebSockets, BufferSize, limit.Token);
            }
            catch (Exception error) when (IsFailure(error) && !stop.IsCancellationRequested)
            {
                Interlocked.Increment(ref _failed);
            }
        }
    }

    private static bool IsFailure(Exception error) =>
        error is IOException or SocketException or HttpRequestException or InvalidDataException or OperationCanceledException;

    private void CountBreak(long at)
    {
        lock (_gate)
        {
            _firstBreak = _broken++ == 0 ? at : _firstBreak;
        }
    }

    private void CountReturn()
    {
        lock (_gate)
        {
            _back++;
            _allBack = time.GetElapsedTime(_firstBreak);
        }
    }
}
