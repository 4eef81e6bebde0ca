using System.Globalization;

namespace Proxy.Configuration;

/// <summary>The least and the greatest value of an option, both allowed, and what a value outside would do.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class LimitsAttribute : Attribute
{
    private readonly double _min;
    private readonly double _max;
    private readonly bool _duration;

    /// <summary>Limits of a number.</summary>
    public LimitsAttribute(double min, double max)
    {
        (_min, _max) = (min, max);
    }

    /// <summary>Limits of a duration, as <c>00:00:30</c> or <c>1.00:00:00</c>.</summary>
    public LimitsAttribute(string min, string max)
    {
        (_min, _max, _duration) = (Ticks(min), Ticks(max), true);
    }

    /// <summary>The end of the sentence "outside ...".</summary>
    public string? Consequence { get; set; }

    /// <summary>Whether a number or a <see cref="TimeSpan"/> is within the limits; NaN never is.</summary>
    public bool Contains(object value)
    {
        var number = value is TimeSpan duration ? duration.Ticks : Convert.ToDouble(value, CultureInfo.InvariantCulture);
        return number >= _min && number <= _max;
    }

    public override string ToString() => _max >= int.MaxValue && !_duration ? $"{Text(_min)} or more" : $"{Text(_min)} to {Text(_max)}";

    private static double Ticks(string duration) => TimeSpan.ParseExact(duration, "c", CultureInfo.InvariantCulture).Ticks;

    private string Text(double limit) => _duration ? Durations.Text(TimeSpan.FromTicks((long)limit)) : limit.ToString(CultureInfo.InvariantCulture);
}
