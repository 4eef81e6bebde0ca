using System.Globalization;

namespace Proxy.Configuration;

/// <summary>Durations as <c>[days.]hours:minutes:seconds[.fraction]</c> and in no other way, because <c>30</c> would be thirty days.</summary>
internal static class Durations
{
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        return text.AsSpan().Count(':') == 2 && TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out duration);
    }

    /// <summary>As short as it may be written: <c>00:00:00.1</c>.</summary>
    public static string Text(TimeSpan duration)
    {
        var text = duration.ToString("c", CultureInfo.InvariantCulture);
        return duration.Ticks % TimeSpan.TicksPerSecond == 0 ? text : text.TrimEnd('0');
    }
}
