using System.Globalization;

namespace Proxy.Configuration;

/// <summary>The least and the greatest value of an option, both allowed, and what a value outside would do.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class LimitsAttribute : Attribute
{
    private readonly bool _duration;

    /// <summary>Limits of a number.</summary>
    public LimitsAttribute(double min, double max)
    {
        (Min, Max) = (min, max);
    }

    /// <summary>Limits of a duration, as <c>00:00:30</c> or <c>1.00:00:00</c>.</summary>
    public LimitsAttribute(string min, string max)
    {
        (Min, Max, _duration) = (Ticks(min), Ticks(max), true);
    }

    /// <summary>The least value; of a duration in ticks.</summary>
    public double Min { get; }

    /// <summary>The greatest value; of a duration in ticks.</summary>
    public double Max { get; }

    /// <summary>The end of the sentence "outside ...".</summary>
    public string? Consequence { get; set; }

    /// <summary>Whether a number or a <see cref="TimeSpan"/> is within the limits; NaN never is.</summary>
    public bool Contains(object value)
    {
        var number = value is TimeSpan duration ? duration.Ticks : Convert.ToDouble(value, CultureInfo.InvariantCulture);
        return number >= Min && number <= Max;
    }

    public override string ToString() => Max >= int.MaxValue && !_duration ? $"{Text(Min)} or more" : $"{Text(Min)} to {Text(Max)}";

    private static double Ticks(string duration) => TimeSpan.ParseExact(duration, "c", CultureInfo.InvariantCulture).Ticks;

    private string Text(double limit) => _duration ? Durations.Text(TimeSpan.FromTicks((long)limit)) : limit.ToString(CultureInfo.InvariantCulture);
}
