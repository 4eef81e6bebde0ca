namespace Proxy.Configuration;

/// <summary>An address to listen on, as Kestrel reads it: <c>*</c> and <c>+</c> are every interface, port 0 is chosen by the system.</summary>
internal static class ListenAddress
{
    public static bool TryParse(string text, out BindingAddress? address)
    {
        address = null;
        if (text.Any(c => c is ';' or '@' or '?' or '#' or <= ' '))
        {
            return false;
        }

        try
        {
            var parsed = BindingAddress.Parse(text);
            address = parsed.Scheme is "http" or "https" && !parsed.IsUnixPipe && !parsed.IsNamedPipe && parsed.PathBase.Length == 0
                && parsed.Port is >= 0 and <= 65535 && (parsed.Host is "*" or "+" || Uri.CheckHostName(parsed.Host) != UriHostNameType.Unknown) ? parsed : null;
        }
        catch (FormatException)
        {
            // BindingAddress has no TryParse.
        }

        return address is not null;
    }

    /// <summary>Whether two listeners, or a listener and a node on this machine, would meet at the same port.</summary>
    public static bool Meet(BindingAddress left, BindingAddress right) => left.Port == right.Port && left.Port != 0
        && (IsAny(left.Host) || IsAny(right.Host) || Canonical(left.Host) == Canonical(right.Host));

    /// <summary>Whether the system would refuse the second of two listeners.</summary>
    public static bool Collide(BindingAddress left, BindingAddress right)
    {
        if (left.IsUnixPipe || right.IsUnixPipe || left.IsNamedPipe || right.IsNamedPipe)
        {
            return string.Equals(left.Host, right.Host, StringComparison.Ordinal);
        }

        // "localhost" is 127.0.0.1 and [::1], and every interface of IPv6 is every interface.
        var (one, other) = (left.Host, right.Host);
        return left.Port == right.Port && left.Port != 0
            && (string.Equals(one, other, StringComparison.OrdinalIgnoreCase) || Covers(one, other) || Covers(other, one));

        static bool Covers(string any, string host) => any switch
        {
            "0.0.0.0" => !host.StartsWith('['),
            _ when IsAny(any) => true,
            _ => string.Equals(any, "localhost", StringComparison.OrdinalIgnoreCase) && host is "127.0.0.1" or "[::1]",
        };
    }

    private static bool IsAny(string host) =>
        host is "*" or "+" or "0.0.0.0" or "[::]" || (Uri.CheckHostName(host) == UriHostNameType.Dns && !AdminRules.IsLoopback(host));

    private static string Canonical(string host) => AdminRules.IsLoopback(host) ? "localhost" : host.ToUpperInvariant();
}
