using System.Diagnostics.CodeAnalysis;

namespace Proxy.Nodes;

/// <summary>A cancellation that can happen more than once: each <see cref="Cancel"/> cancels the tokens handed out before it.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The source has neither a timer nor a wait handle, and requests may still hold its token.")]
internal sealed class RenewableCancellation
{
    private CancellationTokenSource _source = new();

    /// <summary>Is cancelled by the next <see cref="Cancel"/>.</summary>
    public CancellationToken Token => Volatile.Read(ref _source).Token;

    public void Cancel() => Interlocked.Exchange(ref _source, new CancellationTokenSource()).Cancel();
}
