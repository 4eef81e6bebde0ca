using System.Diagnostics.CodeAnalysis;

namespace Proxy.Nodes;

/// <summary>When a node is probed next: after a pause, or sooner when a request asks for it.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The semaphore's wait handle is never used, and requests may still ask for a probe when the node goes.")]
internal sealed class ProbeSchedule(TimeProvider time)
{
    /// <summary>However many requests ask for a probe, there is a pause between two.</summary>
    private static readonly TimeSpan MinPause = TimeSpan.FromMilliseconds(100);

    private readonly SemaphoreSlim _requested = new(0);

    /// <summary>Asks for a probe now.</summary>
    public void Request()
    {
        if (_requested.CurrentCount == 0)
        {
            _requested.Release();
        }
    }

    /// <summary>Waits until the next probe is due: the pause is over, or a probe was requested.</summary>
    public async Task WaitAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        if (pause <= TimeSpan.Zero)
        {
            return;
        }

        if (pause > MinPause)
        {
            await Task.Delay(MinPause, time, cancellationToken);
            pause -= MinPause;
        }

        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var requested = _requested.WaitAsync(cancelled.Token);
        await Task.WhenAny(requested, Task.Delay(pause, time, cancelled.Token));
        await cancelled.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }
}
