using System.Collections.Frozen;
using Microsoft.Extensions.Primitives;

namespace Proxy.Requests;

/// <summary>Authentication schemes that log in a connection, and with it every request that follows on it, instead of a single request.</summary>
/// <remarks>
/// NTLM does so by its nature, Negotiate by RFC 4559 6. IIS and HTTP.sys know Nego2 and <c>Negotiate:Kerberos</c>, WinRM knows Kerberos and CredSSP, the Remote
/// Desktop Gateway knows TSSSP and PKU2U. Fields of proxies (Proxy-Authenticate, Proxy-Authorization) play no part: YARP passes on neither of them.
/// </remarks>
internal static class ConnectionSchemes
{
    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Names = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase, "NTLM", "Negotiate", "Nego2", "Kerberos", "CredSSP", "TSSSP", "PKU2U").GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Whether a field names such a scheme, with credentials (Authorization) or to ask for them (WWW-Authenticate).</summary>
    public static bool Any(StringValues field) => Any(field, withToken: false);

    /// <summary>Whether a challenge carries a token of such a scheme: the connection is in the middle of its handshake.</summary>
    public static bool AnyWithToken(StringValues challenges) => Any(challenges, withToken: true);

    /// <summary>The challenges of all other schemes.</summary>
    /// <returns>One value for each field line of which something is left.</returns>
    public static StringValues Without(StringValues challenges)
    {
        List<string> lines = [];
        foreach (var line in challenges)
        {
            List<string> kept = [];
            var isKept = true;
            var elements = new ChallengeElements(line);
            while (elements.MoveNext())
            {
                if (!elements.Scheme.IsEmpty)
                {
                    isKept = !IsOne(elements.Scheme);
                }

                if (isKept)
                {
                    kept.Add(elements.Current.ToString()); // a scheme, or a parameter of the one before
                }
            }

            if (kept.Count > 0)
            {
                lines.Add(string.Join(", ", kept));
            }
        }

        return lines.ToArray();
    }

    private static bool Any(StringValues field, bool withToken)
    {
        foreach (var line in field)
        {
            var elements = new ChallengeElements(line);
            while (elements.MoveNext())
            {
                if (IsOne(elements.Scheme) && (!withToken || elements.Current.Length > elements.Scheme.Length))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static bool IsOne(ReadOnlySpan<char> scheme)
    {
        var colon = scheme.IndexOf(':');
        return Names.Contains(colon < 0 ? scheme : scheme[..colon]);
    }
}
