using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace LoadTests.Engine;

/// <summary>A method or an event of a hub, written as <c>Name/2</c>.</summary>
/// <param name="Name">As the hub calls it.</param>
/// <param name="Arguments">How many it has.</param>
public readonly record struct HubMember(string Name, int Arguments) : IParsable<HubMember>
{
    private const int MaxArguments = 10; // of a call by name, in every client

    public static HubMember Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out var member) ? member : throw new FormatException($"'{s}' is not a name, a slash and a number of arguments.");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out HubMember result)
    {
        if ((s ?? "").Split('/') is [{ Length: > 0 } name, var count]
            && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var arguments)
            && arguments is > 0 and <= MaxArguments)
        {
            result = new HubMember(name, arguments);
            return true;
        }

        result = default;
        return false;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name}/{Arguments}");
}
