namespace EventLoops;

/// <summary>Somebody whom an <see cref="EventLoop"/> tells when a descriptor is ready.</summary>
public interface IWatcher
{
    /// <summary>Called on the loop's thread; must not block.</summary>
    /// <param name="tag">What the descriptor was registered with.</param>
    /// <param name="readiness">What it is ready for now. The registration may have been changed meanwhile: reading or writing says the truth.</param>
    void Ready(int tag, Readiness readiness);
}
