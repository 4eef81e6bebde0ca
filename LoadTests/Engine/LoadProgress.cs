namespace LoadTests.Engine;

/// <summary>Where a run is, told at the begin of each phase and once a second.</summary>
/// <param name="Phase">The phase.</param>
/// <param name="Length">How long it is meant to take; <see langword="null"/> when nobody knows.</param>
/// <param name="Elapsed">How long it has taken.</param>
/// <param name="Failed">Units that failed in it so far.</param>
/// <param name="Latest">The last second; <see langword="null"/> at the begin.</param>
public sealed record LoadProgress(LoadPhase Phase, TimeSpan? Length = null, TimeSpan Elapsed = default, long Failed = 0, LoadSample? Latest = null);
