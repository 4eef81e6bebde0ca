namespace EventLoops;

/// <summary>Handles the readiness of the descriptors that are registered with it at an <see cref="EventLoop"/>.</summary>
public interface IReadyHandler
{
    /// <summary>Called on the loop's thread when a descriptor is ready. It must not block: every other descriptor of the loop would wait.</summary>
    /// <param name="tag">The number that was given to <see cref="EventLoop.Register"/>; it tells the descriptors of one handler apart.</param>
    /// <param name="readiness">What the kernel reported. It may be out of date, so only a read or a write shows whether the descriptor is ready.</param>
    void OnReady(int tag, Readiness readiness);
}
