using System.Threading.Tasks.Sources;

namespace EventLoops;

/// <summary>A read or a write that waits for its socket; used again and again. What follows runs on the thread that completes it.</summary>
internal sealed class SocketOperation : IValueTaskSource<int>, IValueTaskSource
{
    private ManualResetValueTaskSourceCore<int> _core;
    private CancellationTokenRegistration _registration;

    /// <summary>Begun, and not yet taken to be completed.</summary>
    public bool IsPending { get; private set; }

    public Memory<byte> Buffer { get; private set; }

    /// <summary>What a write has to send, from its beginning.</summary>
    public ReadOnlyMemory<byte> Unsent { get; set; }

    public CancellationToken Token { get; private set; }

    /// <summary>Has a cancellation told; before <see cref="Begin"/> and outside of every lock, since it may be told at once.</summary>
    public void Register(Action<object?, CancellationToken> cancelled, object state, CancellationToken token)
    {
        Token = token;
        if (token.CanBeCanceled)
        {
            _registration = token.UnsafeRegister(cancelled, state);
        }
    }

    public void Begin(Memory<byte> buffer, ReadOnlyMemory<byte> unsent)
    {
        _core.Reset();
        (Buffer, Unsent) = (buffer, unsent);
        IsPending = true;
    }

    /// <summary>Registered, but not to be begun any more.</summary>
    public void Forget()
    {
        _registration.Unregister();
        _registration = default;
    }

    /// <summary>Takes it in order to complete it, so that nobody else does.</summary>
    public void Take()
    {
        IsPending = false;
        Buffer = default;
        Unsent = default;
    }

    public void Complete(int result, Exception? error)
    {
        Forget(); // without waiting: a late cancellation finds another operation, or none
        if (error is null)
        {
            _core.SetResult(result);
        }
        else
        {
            _core.SetException(error);
        }
    }

    public ValueTask<int> AsValueTaskOfInt() => new(this, _core.Version);

    public ValueTask AsValueTask() => new(this, _core.Version);

    int IValueTaskSource<int>.GetResult(short token) => _core.GetResult(token);

    void IValueTaskSource.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _core.GetStatus(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
