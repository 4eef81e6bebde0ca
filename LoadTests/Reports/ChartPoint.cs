namespace LoadTests.Reports;

/// <summary>A point of a chart.</summary>
/// <param name="X">On the chart's own scale.</param>
/// <param name="Y">Not negative.</param>
/// <param name="Label">What the point is, for who points at it.</param>
internal sealed record ChartPoint(double X, double Y, string Label);
