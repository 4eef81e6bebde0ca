using System.Runtime.Versioning;

namespace EventLoops;

/// <summary>The event loops of the process, one for each processor. They start when one of them is first asked for, and last as long as the process.</summary>
[SupportedOSPlatform("linux")]
public static class EventLoopGroup
{
    private static readonly Lazy<EventLoop[]> Loops = new(
        static () => [.. Enumerable.Range(0, Environment.ProcessorCount).Select(static i => new EventLoop($"event loop {i}"))]);
    private static uint _calls;

    /// <summary>The loops in turn (round robin).</summary>
    public static EventLoop Next() => Loops.Value[Interlocked.Increment(ref _calls) % (uint)Loops.Value.Length];

    /// <summary>The loop of the calling thread, so that what it waits for wakes no other thread; on any other thread, <see cref="Next"/>.</summary>
    public static EventLoop CurrentOrNext() => EventLoop.Current ?? Next();
}
