using System.Buffers;

namespace Proxy.Configuration;

/// <summary>Tokens of RFC 9110, section 5.6.2: names of headers and cookies.</summary>
internal static class Tokens
{
    private static readonly SearchValues<char> Characters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    public static bool IsToken(string text) => text.Length > 0 && !text.AsSpan().ContainsAnyExcept(Characters);
}
