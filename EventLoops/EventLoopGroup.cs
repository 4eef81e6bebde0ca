using System.Runtime.Versioning;

namespace EventLoops;

/// <summary>The process's loops, one for each processor; they start with their first use and last as long as the process.</summary>
[SupportedOSPlatform("linux")]
public static class EventLoopGroup
{
    private static readonly Lazy<EventLoop[]> All = new(static () => [.. Enumerable.Range(0, Environment.ProcessorCount).Select(static i => new EventLoop($"event loop {i}"))]);
    private static uint _turn;

    /// <summary>The loop for a new client: each in its turn.</summary>
    public static EventLoop Next() => All.Value[Interlocked.Increment(ref _turn) % (uint)All.Value.Length];

    /// <summary>The caller's own loop, so that what it waits for wakes no other thread.</summary>
    public static EventLoop Nearest() => EventLoop.Current ?? Next();
}
