namespace LoadTests.Engine;

/// <summary>Where a run is.</summary>
public enum LoadPhase
{
    SetUp,
    WarmUp,
    Measuring,
}
