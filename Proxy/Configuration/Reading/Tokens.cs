using System.Buffers;

namespace Proxy.Configuration;

/// <summary>Tokens of RFC 9110, section 5.6.2: names of headers and cookies.</summary>
internal static class Tokens
{
    private static readonly SearchValues<char> Characters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    public static bool IsToken(ReadOnlySpan<char> text) => text.Length > 0 && !text.ContainsAnyExcept(Characters);

    /// <summary>The text with <c>-</c> in place of each character that a token cannot hold.</summary>
    public static string ToToken(string text) =>
        IsToken(text) ? text : string.Create(text.Length, text, static (token, from) =>
        {
            for (var i = 0; i < token.Length; i++)
            {
                token[i] = Characters.Contains(from[i]) ? from[i] : '-';
            }
        });
}
