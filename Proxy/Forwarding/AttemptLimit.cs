namespace Proxy.Forwarding;

/// <summary>Ends an attempt to open a connection: when its time is over, or when probes take the node out while it has not answered.</summary>
internal sealed class AttemptLimit : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly CancellationTokenRegistration _offline;
    private readonly ITimer _timer;

    /// <param name="time">The clock.</param>
    /// <param name="remaining">What is left of the deadline.</param>
    /// <param name="nodeOffline">Cancelled when the node goes offline.</param>
    public AttemptLimit(TimeProvider time, TimeSpan remaining, CancellationToken nodeOffline)
    {
        _timer = time.CreateTimer(static state => ((AttemptLimit)state!).TimeOut(), this, remaining > TimeSpan.Zero ? remaining : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        _offline = nodeOffline.UnsafeRegister(static state => ((AttemptLimit)state!)._source.Cancel(), this);
    }

    public CancellationToken Token => _source.Token;

    /// <summary>It was the deadline that ended the attempt.</summary>
    public bool TimedOut { get; private set; }

    /// <summary>The node has answered: it is there, whatever probes say.</summary>
    /// <param name="isOpen">The answer is complete for the deadline's purpose; a tunnel must not be ended by it.</param>
    public void Answered(bool isOpen)
    {
        _offline.Unregister();
        if (isOpen)
        {
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        _offline.Dispose();
        _source.Dispose();
    }

    private void TimeOut()
    {
        TimedOut = true;
        try
        {
            _source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The attempt ended at the same moment.
        }
    }
}
