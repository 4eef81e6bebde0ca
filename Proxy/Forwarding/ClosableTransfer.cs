using Proxy.Connections;
using Proxy.Decisions;

namespace Proxy.Forwarding;

/// <summary>Bytes on their way to a client, which can be ended between two messages, so that the client understands and comes back on another node.</summary>
/// <remarks>
/// A close is asked for once. The transfer then ends at its next boundary between two messages; derived classes know what a boundary is and what is sent
/// there. Where no boundary comes within <see cref="BoundaryTimeout"/> the transfer is cut. The first reason for its end is the one that counts.
/// </remarks>
internal abstract class ClosableTransfer(TimeProvider time) : IClosable
{
    /// <summary>How long a close waits for the end of the message that is passing; for a client that does not read it would never come.</summary>
    private static readonly TimeSpan BoundaryTimeout = TimeSpan.FromSeconds(30);

    private const int NotEnded = -1;

    private ITimer? _limit;
    private int _isCloseRequested;
    private int _end = NotEnded;

    /// <summary>Why it has ended, or is about to; <see langword="null"/> before that.</summary>
    public TunnelEnd? End => Volatile.Read(ref _end) is not NotEnded and var end ? (TunnelEnd)end : null;

    protected TimeProvider Time => time;

    /// <summary>The transfer has to end at its next boundary.</summary>
    protected bool IsCloseRequested => Volatile.Read(ref _isCloseRequested) != 0;

    public void RequestClose()
    {
        if (Interlocked.Exchange(ref _isCloseRequested, 1) == 0)
        {
            LimitTo(BoundaryTimeout);
            CloseBetweenMessages();
        }
    }

    /// <summary>Ends the transfer at once, without a word to either side.</summary>
    public abstract void Abort(TunnelEnd reason);

    /// <summary>Closes now if the transfer stands between two messages, since no more bytes may come. Otherwise the code that copies bytes closes.</summary>
    protected abstract void CloseBetweenMessages();

    /// <summary>Notes why the transfer ends, unless that is known already.</summary>
    protected void SetEnd(TunnelEnd reason) => Interlocked.CompareExchange(ref _end, (int)reason, NotEnded);

    /// <summary>Ends the transfer after some time, unless it ends before. The limit replaces the former one.</summary>
    protected void LimitTo(TimeSpan due)
    {
        var limit = Time.CreateTimer(static state => ((ClosableTransfer)state!).Abort(TunnelEnd.Moved), this, due, Timeout.InfiniteTimeSpan);
        Interlocked.Exchange(ref _limit, limit)?.Dispose();
    }

    /// <summary>Takes the limit away.</summary>
    protected void Unlimit() => Interlocked.Exchange(ref _limit, null)?.Dispose();
}
