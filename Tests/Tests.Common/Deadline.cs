using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Tests.Common;

/// <summary>A moment on the monotonic clock after which waiting is a failure.</summary>
/// <param name="length">Counted from the construction.</param>
[StructLayout(LayoutKind.Auto)]
public readonly struct Deadline(TimeSpan length)
{
    private readonly long _start = Stopwatch.GetTimestamp();

    public TimeSpan Length { get; } = length;

    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_start);

    public bool HasPassed => Elapsed >= Length;
}
