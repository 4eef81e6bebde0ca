using System.Globalization;

namespace Proxy.Configuration;

/// <summary>Reads one value strictly: what cannot be read is an error, never a default.</summary>
internal static class OptionValue
{
    /// <summary>Reads a text for a property; <see langword="null"/> leaves it at what it was, unless it may be left out.</summary>
    /// <remarks>The path below <c>Gateway</c> is for messages.</remarks>
    public static void Read(OptionProperty property, string path, string? text, object options, Problems problems)
    {
        if (text is null)
        {
            if (property.TakesNull)
            {
                property.Set(options, null);
            }

            return;
        }

        var trimmed = property.Type == typeof(string) ? text : text.Trim();
        if (!TryParse(property, trimmed, out var value))
        {
            problems.Error(
                path, $"{Is(property, text)} but must be {Rule(property)}; what cannot be read does not fall back to the default ({Text(property.Default)})"
                + Hint(property, trimmed));
        }
        else if (value is not null && property.Limits is { } limits && !limits.Contains(value))
        {
            problems.Error(path, $"{Is(property, text)} but must be {Rule(property)}; {limits.Consequence}");
        }
        else
        {
            property.Set(options, value);
        }
    }

    /// <summary>A value as it would be written in the configuration.</summary>
    public static string Text(object? value) => value switch
    {
        null => "null",
        bool flag => flag ? "true" : "false",
        TimeSpan duration => Durations.Text(duration),
        Enum name => EnumNames.Text(name),
        IFormattable number => number.ToString(format: null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    /// <summary>What the property takes, for messages and documentation.</summary>
    public static string Rule(OptionProperty property)
    {
        var range = property.Limits is null ? "" : $", {property.Limits}";
        return property.Type switch
        {
            var t when t == typeof(bool) => "true or false",
            var t when t == typeof(int) || t == typeof(long) => "a whole number" + range,
            var t when t == typeof(double) => "a number" + range,
            var t when t == typeof(TimeSpan) => "a duration as hours:minutes:seconds" + range,
            { IsEnum: true } t => "one of " + EnumNames.List(t),
            _ => "a text",
        };
    }

    private static string Is(OptionProperty property, string text) => property.IsSecret ? "(not shown)" : "is " + Quoted.Value(text);

    private static bool TryParse(OptionProperty property, string text, out object? value)
    {
        var type = property.Type;
        if (text.Length == 0 && property.IsNullable)
        {
            value = null;
            return true;
        }

        if (type == typeof(string))
        {
            value = text;
            return true;
        }

        if (type.IsEnum)
        {
            return EnumNames.TryParse(type, text, out value);
        }

        value = type switch
        {
            _ when type == typeof(bool) => bool.TryParse(text, out var flag) ? flag : null,
            _ when type == typeof(int) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null,
            _ when type == typeof(long) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null,
            _ when type == typeof(double) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null,
            _ when type == typeof(TimeSpan) => Durations.TryParse(text, out var duration) ? duration : null,
            _ => throw new NotSupportedException($"Options of type {type} are not read."),
        };
        return value is not null;
    }

    // "30" is thirty days to TimeSpan.Parse, and "24:00:00" is 24 days or an overflow, depending on the method.
    private static string Hint(OptionProperty property, string text)
    {
        if (property.Type != typeof(TimeSpan))
        {
            return "";
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? $"; {seconds} seconds are {TimeSpan.FromSeconds(seconds):c}"
            : "; 30 seconds are 00:00:30, a day is 1.00:00:00";
    }
}
