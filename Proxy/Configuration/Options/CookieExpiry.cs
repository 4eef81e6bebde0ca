namespace Proxy.Configuration;

/// <summary>The value of <c>Gateway:Affinity:Cookie:Expires</c>, taken apart.</summary>
/// <param name="IsMax">31 Dec 2037, as nginx's <c>expires=max</c>.</param>
/// <param name="After">Counted from each answer; <see langword="null"/> with <paramref name="IsMax"/> false: until the browser is closed.</param>
internal readonly record struct CookieExpiry(bool IsMax, TimeSpan? After)
{
    /// <summary>What may be written, for messages.</summary>
    public const string Forms = "session, max or a duration as hours:minutes:seconds, 00:00:01 to 3650.00:00:00";

    private static readonly TimeSpan MaxAfter = TimeSpan.FromDays(3650);

    public static bool TryParse(string text, out CookieExpiry expiry)
    {
        expiry = new CookieExpiry(string.Equals(text, "max", StringComparison.OrdinalIgnoreCase), After: null);
        if (expiry.IsMax || string.Equals(text, "session", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        if (!Durations.TryParse(text, out var after) || after < TimeSpan.FromSeconds(1) || after > MaxAfter)
        {
            return false;
        }

        expiry = new CookieExpiry(IsMax: false, after);
        return true;
    }
}
