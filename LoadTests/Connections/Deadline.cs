namespace LoadTests.Connections;

/// <summary>A cancellation token that also fires after a time, and can tell which of the two it was.</summary>
internal sealed class Deadline : IDisposable
{
    private readonly CancellationTokenSource _timer;
    private readonly CancellationTokenSource _linked;
    private readonly CancellationToken _outer;
    private readonly TimeSpan _after;

    public Deadline(TimeSpan after, TimeProvider time, CancellationToken outer)
    {
        _outer = outer;
        _after = after;
        _timer = new CancellationTokenSource(after, time);
        _linked = CancellationTokenSource.CreateLinkedTokenSource(_timer.Token, outer);
    }

    public CancellationToken Token => _linked.Token;

    public bool Expired => _timer.IsCancellationRequested && !_outer.IsCancellationRequested;

    public TimeoutException Failure(HttpRequestKind kind, Exception cause) => new($"{kind} was not answered within {_after:c}.", cause);

    public void Dispose()
    {
        _linked.Dispose();
        _timer.Dispose();
    }
}
