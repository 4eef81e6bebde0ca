namespace LoadTests.Engine;

/// <summary>A line of a result that only one scenario has.</summary>
/// <param name="Name">What it says, such as <c>connections lost</c>.</param>
/// <param name="Value">A number.</param>
/// <param name="Unit">Such as <c>ms</c>; empty for a count.</param>
public sealed record Figure(string Name, double Value, string Unit = "");
