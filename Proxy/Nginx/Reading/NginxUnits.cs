namespace Proxy.Nginx.Reading;

/// <summary>Times and sizes as nginx writes them.</summary>
internal static class NginxUnits
{
    /// <summary>Reads a time such as <c>60</c>, <c>500ms</c>, <c>1m</c> or <c>1h 30m</c>.</summary>
    public static TimeSpan? TryReadTime(string text)
    {
        var total = 0.0;
        var at = 0;
        while (at < text.Length)
        {
            var start = at;
            while (at < text.Length && char.IsAsciiDigit(text[at]))
            {
                at++;
            }

            if (at == start || !long.TryParse(text[start..at], out var number))
            {
                return null;
            }

            var unitStart = at;
            while (at < text.Length && char.IsAsciiLetter(text[at]))
            {
                at++;
            }

            if (SecondsOf(text[unitStart..at]) is not { } seconds)
            {
                return null;
            }

            total += number * seconds;
            while (at < text.Length && text[at] == ' ')
            {
                at++;
            }
        }

        return text.Length == 0 || total > TimeSpan.FromDays(3650).TotalSeconds ? null : TimeSpan.FromSeconds(total);
    }

    /// <summary>Reads a size in bytes such as <c>512</c>, <c>8k</c>, <c>1m</c> or <c>2g</c>.</summary>
    public static long? TryReadSize(string text)
    {
        var factor = text is [.., var unit] ? char.ToLowerInvariant(unit) switch { 'k' => 1L << 10, 'm' => 1L << 20, 'g' => 1L << 30, _ => 1L } : 1L;
        var digits = factor == 1 ? text : text[..^1];
        return digits.Length is > 0 and < 10 && digits.All(char.IsAsciiDigit) ? long.Parse(digits) * factor : null;
    }

    private static double? SecondsOf(string unit) => unit switch
    {
        "ms" => 0.001,
        "" or "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86400,
        "w" => 7 * 86400,
        "M" => 30 * 86400,
        "y" => 365 * 86400,
        _ => null,
    };
}
