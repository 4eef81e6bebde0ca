namespace Proxy.Decisions;

/// <summary>Cancels what may have ended at the same moment.</summary>
internal static class CancellationTokenSourceExtensions
{
    /// <summary>Cancels, or does nothing where the owner has disposed of the source already: what was to be ended has ended by itself.</summary>
    public static void CancelUnlessDisposed(this CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The check and the cancellation cannot be one step without a lock, so the exception is the check.
        }
    }
}
