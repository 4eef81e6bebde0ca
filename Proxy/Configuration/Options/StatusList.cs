using System.Globalization;

namespace Proxy.Configuration;

/// <summary>The value of <c>Gateway:Health:Statuses</c>, taken apart.</summary>
internal sealed class StatusList
{
    /// <summary>What may be written, for messages.</summary>
    public const string Forms = "statuses and ranges of them from 100 to 599, such as 200-299,307";

    private readonly List<(int First, int Last)> _ranges = [];

    public static bool TryParse(string text, out StatusList list)
    {
        list = new StatusList();
        foreach (var item in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var ends = item.Split('-', StringSplitOptions.TrimEntries);
            if (ends.Length > 2 || !TryParseStatus(ends[0], out var first) || !TryParseStatus(ends[^1], out var last) || last < first)
            {
                return false;
            }

            list._ranges.Add((first, last));
        }

        return true;
    }

    public bool Contains(int status) => _ranges.Exists(range => status >= range.First && status <= range.Last);

    private static bool TryParseStatus(string text, out int status) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out status) && status is >= 100 and <= 599;
}
