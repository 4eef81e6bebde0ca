namespace Proxy.WarmUp;

/// <summary>What ends a warm-up; the first of them does.</summary>
/// <param name="Rounds">Rounds of <see cref="WarmUpClient"/>.</param>
/// <param name="CpuTime">Of the whole process, real clients included.</param>
/// <param name="Time">By the clock.</param>
internal sealed record WarmUpLimits(int Rounds, TimeSpan CpuTime, TimeSpan Time);
