using Proxy.Connections;

namespace Proxy.Decisions;

/// <summary>Ends an attempt before its time: when a deadline is over, or when the gateway gives up on a node that has not answered.</summary>
internal sealed class AttemptLimit : IClosable, IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly CancellationTokenRegistration _deadline;
    private readonly CancellationTokenRegistration _givenUp;
    private volatile bool _answered;

    /// <param name="deadline">Cancelled when the time for the answer is over.</param>
    /// <param name="givenUp">Ends the attempt while the node has not answered.</param>
    public AttemptLimit(CancellationToken deadline, CancellationToken givenUp)
    {
        _deadline = deadline.UnsafeRegister(static state => ((AttemptLimit)state!).TimeOut(), this);
        _givenUp = givenUp.UnsafeRegister(static state => ((AttemptLimit)state!)._source.CancelUnlessDisposed(), this);
    }

    public CancellationToken Token => _source.Token;

    /// <summary>The deadline has ended the attempt.</summary>
    public bool TimedOut { get; private set; }

    /// <summary>The gateway itself has given up on a node that probes had taken out: the attempt says nothing of the node.</summary>
    public bool IsGivenUp => _source.IsCancellationRequested && !TimedOut;

    /// <summary>The client has to come back on another node.</summary>
    public bool IsMoving { get; private set; }

    /// <summary>The node has answered: it works, whatever probes say.</summary>
    /// <param name="isOpen">The answer is complete as far as the deadline is concerned.</param>
    public void Answered(bool isOpen)
    {
        _answered = true;
        _givenUp.Unregister();
        if (isOpen)
        {
            _deadline.Unregister();
        }
    }

    /// <summary>Gives up the attempt; one that has its answer is left alone.</summary>
    public void RequestClose()
    {
        if (!_answered)
        {
            IsMoving = true;
            _source.CancelUnlessDisposed();
        }
    }

    public void Dispose()
    {
        _deadline.Dispose();
        _givenUp.Dispose();
        _source.Dispose();
    }

    private void TimeOut()
    {
        TimedOut = true;
        _source.CancelUnlessDisposed();
    }
}
