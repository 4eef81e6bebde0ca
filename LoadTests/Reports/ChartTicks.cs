namespace LoadTests.Reports;

/// <summary>Round numbers along an axis.</summary>
internal static class ChartTicks
{
    private const int AtMost = 6;

    private static readonly double[] Steps = [1, 2, 5, 10];

    /// <summary>From 0 to the first one that is not below the largest value.</summary>
    public static IReadOnlyList<double> UpTo(double largest)
    {
        if (!(largest > 0))
        {
            return [0, 1];
        }

        var magnitude = Math.Pow(10, Math.Floor(Math.Log10(largest / AtMost)));
        var step = magnitude * Steps.First(step => largest / (magnitude * step) <= AtMost);
        return [.. Enumerable.Range(0, (int)Math.Ceiling((largest / step) - 1e-9) + 1).Select(tick => tick * step)];
    }
}
