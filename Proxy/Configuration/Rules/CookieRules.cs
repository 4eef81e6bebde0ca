namespace Proxy.Configuration;

/// <summary>What must hold in <c>Gateway:Affinity:Cookie</c>, or browsers drop the cookie without a word.</summary>
internal static class CookieRules
{
    private const string Root = $"{nameof(GatewayOptions.Affinity)}:{nameof(AffinityOptions.Cookie)}:";
    private const string Dropped = "browsers would drop the cookie";

    public static void Check(AffinityCookieOptions cookie, Problems problems)
    {
        CheckAttributes(cookie, problems);
        CheckSecure(cookie, problems);
        CheckPrefix(cookie, problems);
    }

    private static void CheckAttributes(AffinityCookieOptions cookie, Problems problems)
    {
        if (cookie.Name is not null && !Tokens.IsToken(cookie.Name))
        {
            problems.Error(Root + nameof(cookie.Name),
                $"is {Quoted.Value(cookie.Name)} but must be a token: letters, digits and !#$%&'*+-.^_`|~ (RFC 6265); {Dropped}");
        }

        if (!CookieExpiry.TryParse(cookie.Expires, out _))
        {
            problems.Error(Root + nameof(cookie.Expires),
                $"is {Quoted.Value(cookie.Expires)} but must be {CookieExpiry.Forms}; the cookie would end at another time than meant");
        }

        if (cookie.Domain is { } domain && Uri.CheckHostName(domain.TrimStart('.')) is not (UriHostNameType.Dns or UriHostNameType.IPv4))
        {
            problems.Error(Root + nameof(cookie.Domain), $"is {Quoted.Value(domain)} but must be a host name without scheme and port; {Dropped}");
        }

        if (!cookie.Path.StartsWith('/') || cookie.Path.Any(c => c is ';' or > '~' or < ' '))
        {
            problems.Error(Root + nameof(cookie.Path), $"is {Quoted.Value(cookie.Path)} but must begin with '/' and hold neither ';' nor control characters; "
                + "browsers would use the path of the request instead");
        }
    }

    // A cookie without Secure but with SameSite=None or Partitioned is refused by every current browser (RFC 6265bis, CHIPS).
    private static void CheckSecure(AffinityCookieOptions cookie, Problems problems)
    {
        var path = cookie.SameSite == CookieSameSite.None ? Root + nameof(cookie.SameSite) : cookie.Partitioned ? Root + nameof(cookie.Partitioned) : null;
        if (path is null)
        {
            return;
        }

        var value = cookie.SameSite == CookieSameSite.None ? "None" : "true";
        var secure = problems.Name(Root + nameof(cookie.SecurePolicy));
        if (cookie.SecurePolicy == CookieSecure.None)
        {
            problems.Error(path, $"is '{value}' but {secure} is 'None' and must be 'Always'; {Dropped}");
        }
        else if (cookie.SecurePolicy == CookieSecure.SameAsRequest)
        {
            problems.Warn(path, $"is '{value}' but {secure} is 'SameAsRequest'; on requests that come by http {Dropped}");
        }
    }

    private static void CheckPrefix(AffinityCookieOptions cookie, Problems problems)
    {
        if (cookie.Name is null)
        {
            return;
        }

        var host = cookie.Name.StartsWith("__Host-", StringComparison.OrdinalIgnoreCase);
        if (!host && !cookie.Name.StartsWith("__Secure-", StringComparison.OrdinalIgnoreCase))
        {
            return;
        }

        var secure = problems.Name(Root + nameof(cookie.SecurePolicy));
        if (cookie.SecurePolicy == CookieSecure.None)
        {
            problems.Error(Root + nameof(cookie.Name), $"is {Quoted.Value(cookie.Name)}, whose prefix asks for Secure, but {secure} is 'None'; {Dropped}");
        }
        else if (cookie.SecurePolicy == CookieSecure.SameAsRequest)
        {
            problems.Warn(
                Root + nameof(cookie.Name), $"is {Quoted.Value(cookie.Name)} but {secure} is 'SameAsRequest'; on requests that come by http {Dropped}");
        }

        if (host && (cookie.Domain is not null || cookie.Path != "/"))
        {
            problems.Error(Root + nameof(cookie.Name), $"is {Quoted.Value(cookie.Name)}, whose prefix asks for "
                + $"{problems.Name(Root + nameof(cookie.Path))} '/' and no {problems.Name(Root + nameof(cookie.Domain))}; {Dropped}");
        }
    }
}
