namespace Proxy.WarmUp;

/// <summary>When the warm-up ends: at the first of these.</summary>
/// <param name="Rounds">How often each kind of request is sent.</param>
/// <param name="CpuTime">What it may take of the processors, across the whole process.</param>
/// <param name="Time">How long it may run.</param>
internal sealed record WarmUpLimits(int Rounds, TimeSpan CpuTime, TimeSpan Time)
{
    /// <summary>200 rounds, 4 seconds of CPU time, 10 seconds.</summary>
    /// <remarks>The runtime counts thirty calls of a method twice before it compiles it for good, and begins to count when it has nothing else to compile.
    /// So a warm-up that is cut short is worth nothing: after 2 s of CPU requests cost as much as without one, after 2.5 s,
    /// which 200 rounds take, half as much.</remarks>
    public static WarmUpLimits Default { get; } = new(Rounds: 200, CpuTime: TimeSpan.FromSeconds(4), Time: TimeSpan.FromSeconds(10));
}
