using System.Diagnostics;
using Tests.Common;

namespace EndToEndTests;

/// <summary>Reads again and again how many connections a gateway has moved, and how fast that was.</summary>
/// <remarks>
/// The count is the gateway's own, of the moment at which it asks the client to go: when a message arrives here says nothing of that on a busy machine.
/// A count was read at some moment between its question and its answer; for the time between two counts the longest possible is taken.
/// </remarks>
internal sealed class MoveWatch : IAsyncDisposable
{
    /// <summary>What it reads.</summary>
    public const string Metric = "gateway_moves_total";

    private readonly AdminClient _admin;
    private readonly List<(long Asked, long Answered, double Count)> _counts = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _watching;

    public MoveWatch(AdminClient admin)
    {
        _admin = admin;
        _watching = WatchAsync();
    }

    /// <summary>Moves since the watch began.</summary>
    public double Total => _counts[^1].Count - _counts[0].Count;

    /// <summary>From the last count before the first move to the first count that had them all.</summary>
    public TimeSpan Duration
    {
        get
        {
            var first = _counts.FindLastIndex(count => count.Count <= _counts[0].Count);
            var last = _counts.FindIndex(count => count.Count >= _counts[^1].Count);
            return Stopwatch.GetElapsedTime(_counts[first].Asked, _counts[last].Answered);
        }
    }

    /// <summary>Every two counts: how many were moved between them, and in what time at the most.</summary>
    public IEnumerable<(double Moves, TimeSpan Time)> Windows =>
        from i in Enumerable.Range(0, _counts.Count)
        from j in Enumerable.Range(i + 1, _counts.Count - i - 1)
        select (_counts[j].Count - _counts[i].Count, Stopwatch.GetElapsedTime(_counts[i].Asked, _counts[j].Answered));

    /// <summary>Reads for the last time.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _watching;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        do
        {
            var asked = Stopwatch.GetTimestamp();
            var count = await _admin.MetricAsync(Metric);
            _counts.Add((asked, Stopwatch.GetTimestamp(), count));
        }
        while (!_stop.IsCancellationRequested && await TickAsync(timer));
    }

    private async Task<bool> TickAsync(PeriodicTimer timer)
    {
        try
        {
            return await timer.WaitForNextTickAsync(_stop.Token);
        }
        catch (OperationCanceledException)
        {
            return true; // once more, for what came after the last count
        }
    }
}
