using Proxy.Connections;

namespace Proxy.Decisions;

/// <summary>Ends an attempt before its time: when a deadline is over, or when somebody gives up on a node that has not answered.</summary>
internal sealed class AttemptLimit : IClosable, IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly CancellationTokenRegistration _givenUp;
    private readonly CancellationTokenRegistration _deadline;
    private readonly ITimer? _timer;
    private volatile bool _answered;

    /// <param name="time">The clock.</param>
    /// <param name="remaining">What is left of the deadline; <see langword="null"/>: there is none.</param>
    /// <param name="givenUp">Ends the attempt while the node has not answered.</param>
    public AttemptLimit(TimeProvider time, TimeSpan? remaining, CancellationToken givenUp)
    {
        if (remaining is { } due)
        {
            _timer = time.CreateTimer(static state => ((AttemptLimit)state!).TimeOut(), this, due > TimeSpan.Zero ? due : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }

        _givenUp = givenUp.UnsafeRegister(static state => ((AttemptLimit)state!)._source.Cancel(), this);
    }

    /// <param name="deadline">Cancelled when the time of all attempts together is over.</param>
    /// <param name="givenUp">Ends the attempt while the node has not answered.</param>
    public AttemptLimit(CancellationToken deadline, CancellationToken givenUp)
    {
        _deadline = deadline.UnsafeRegister(static state => ((AttemptLimit)state!).TimeOut(), this);
        _givenUp = givenUp.UnsafeRegister(static state => ((AttemptLimit)state!)._source.Cancel(), this);
    }

    public CancellationToken Token => _source.Token;

    /// <summary>It was the deadline that ended the attempt.</summary>
    public bool TimedOut { get; private set; }

    /// <summary>The gateway itself gave up on a node that was said to be out: the attempt tells nothing of it.</summary>
    public bool IsGivenUp => _source.IsCancellationRequested && !TimedOut;

    /// <summary>The node has answered: it is there, whatever probes say.</summary>
    /// <param name="isOpen">The answer is complete for the deadline's purpose; a tunnel must not be ended by it.</param>
    public void Answered(bool isOpen)
    {
        _answered = true;
        _givenUp.Unregister();
        if (isOpen)
        {
            _deadline.Unregister();
            _timer?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Somebody wants the client to come back elsewhere.</summary>
    public bool IsMoving { get; private set; }

    /// <summary>Gives up the attempt; one that has its answer is left alone.</summary>
    public void RequestClose()
    {
        if (!_answered)
        {
            IsMoving = true;
            Cancel();
        }
    }

    public void Dispose()
    {
        _timer?.Dispose();
        _deadline.Dispose();
        _givenUp.Dispose();
        _source.Dispose();
    }

    private void TimeOut()
    {
        TimedOut = true;
        Cancel();
    }

    private void Cancel()
    {
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
