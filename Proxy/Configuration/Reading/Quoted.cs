namespace Proxy.Configuration;

/// <summary>A value as messages show it: short, without control characters, without passwords.</summary>
internal static class Quoted
{
    private const int MaxLength = 120;

    public static string Value(string? value)
    {
        if (string.IsNullOrEmpty(value))
        {
            return "empty";
        }

        var text = value.Length > MaxLength ? string.Concat(value.AsSpan(0, MaxLength), "...") : value;
        return $"'{string.Create(text.Length, text, static (span, source) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = char.IsControl(source[i]) ? '?' : source[i];
            }
        })}'";
    }

    /// <summary>An address without what stands before its <c>@</c>, which may be a password.</summary>
    public static string Address(string? value)
    {
        var at = value?.LastIndexOf('@') ?? -1;
        if (at < 0)
        {
            return Value(value);
        }

        var scheme = value!.IndexOf("://", StringComparison.Ordinal);
        return Value(string.Concat(scheme >= 0 && scheme < at ? value.AsSpan(0, scheme + 3) : default, "***", value.AsSpan(at)));
    }
}
