using System.Text;

namespace Proxy.Nginx.Grammar;

/// <summary>Between texts whose characters are bytes, as the configuration is read, and ordinary ones.</summary>
internal static class NginxBytes
{
    /// <summary>What the bytes mean in UTF-8, for names of files and for messages.</summary>
    public static string ToText(string bytes) => System.Text.Ascii.IsValid(bytes) ? bytes : Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(bytes));

    /// <summary>In lower case, which nginx knows of ASCII only.</summary>
    public static string ToLower(string bytes) =>
        bytes.AsSpan().ContainsAnyInRange('A', 'Z') ? string.Create(bytes.Length, bytes, static (span, from) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = char.IsAsciiLetterUpper(from[i]) ? (char)(from[i] | 0x20) : from[i];
            }
        }) : bytes;
}
