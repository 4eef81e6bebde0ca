using System.Runtime.InteropServices;

namespace LoadTests.Engine;

/// <summary>Waits for parts of a millisecond, which timers of .NET cannot: they would be late by more than a whole call takes.</summary>
internal static partial class PreciseDelay
{
    private static readonly TimeSpan ShortestTimer = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestSleep = TimeSpan.FromMilliseconds(50); // so that a stop is soon seen

    // The layout of timespec below is that of 64-bit systems.
    private static bool CanSleep { get; } = (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS()) && Environment.Is64BitProcess;

    /// <summary>Waits about that long, or less; the caller looks at the clock again. Blocks the thread when the clock is the system's.</summary>
    public static Task WaitAsync(TimeSpan wait, TimeProvider time, CancellationToken stop)
    {
        if (time != TimeProvider.System || !CanSleep)
        {
            return Task.Delay(wait > ShortestTimer ? wait : ShortestTimer, time, stop);
        }

        if (stop.IsCancellationRequested)
        {
            return Task.FromCanceled(stop);
        }

        if (wait > TimeSpan.Zero)
        {
            var sleep = new Timespec { Nanoseconds = (nint)(wait < LongestSleep ? wait : LongestSleep).TotalNanoseconds };
            _ = NanoSleep(sleep, remaining: 0); // a signal ends it early
        }

        return Task.CompletedTask;
    }

    [LibraryImport("libc", EntryPoint = "nanosleep")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int NanoSleep(in Timespec duration, nint remaining);

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
