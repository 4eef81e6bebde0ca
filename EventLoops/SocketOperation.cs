using System.Threading.Tasks.Sources;

namespace EventLoops;

/// <summary>A receive or a send that waits until its socket is ready. One object serves one operation after another.</summary>
/// <remarks>
/// Beginning, retrying and ending it takes the lock of the socket. <see cref="Complete"/> is called outside of that lock, because what awaits the operation
/// continues inline, on the thread that completes it.
/// </remarks>
internal abstract class SocketOperation : IValueTaskSource<int>, IValueTaskSource
{
    private ManualResetValueTaskSourceCore<int> _core;
    private CancellationTokenRegistration _cancellation;

    /// <summary>The operation has begun and has not ended.</summary>
    public bool IsPending { get; private set; }

    /// <summary>The token of the present or the last operation.</summary>
    public CancellationToken Token { get; private set; }

    /// <summary>What <c>ValueTask</c> asks for to tell one operation of this object from the next.</summary>
    protected short Version => _core.Version;

    /// <summary>Has a callback called when the token is cancelled.</summary>
    /// <remarks>The callback may be called at once, so this comes before the operation begins and outside of the lock.</remarks>
    public void RegisterCancellation(Action<object?, CancellationToken> callback, object state, CancellationToken token)
    {
        Token = token;
        if (token.CanBeCanceled)
        {
            _cancellation = token.UnsafeRegister(callback, state);
        }
    }

    /// <summary>Drops the callback without waiting for it. One that is running finds the next operation, which has another token, or none.</summary>
    public void UnregisterCancellation()
    {
        _cancellation.Unregister();
        _cancellation = default;
    }

    /// <summary>Ends the operation; the caller, and no other, completes it then.</summary>
    public virtual void End() => IsPending = false;

    /// <summary>Hands the result to what awaits the operation.</summary>
    public void Complete(int result, Exception? error)
    {
        UnregisterCancellation();
        if (error is null)
        {
            _core.SetResult(result);
        }
        else
        {
            _core.SetException(error);
        }
    }

    int IValueTaskSource<int>.GetResult(short token) => _core.GetResult(token);

    void IValueTaskSource.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _core.GetStatus(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    protected void Begin()
    {
        _core.Reset();
        IsPending = true;
    }
}
