using System.Text;

namespace Proxy.Requests;

/// <summary>Percent-decoding of single query values, over spans.</summary>
internal static class PercentEncoding
{
    /// <summary>Decodes <paramref name="value"/> to UTF-8; a plus is a space, a broken escape stands for itself, as in ASP.NET Core.</summary>
    /// <param name="value">The raw value.</param>
    /// <param name="destination">At least <see cref="MaxDecodedLength"/> bytes.</param>
    /// <returns>The bytes written.</returns>
    public static int Decode(ReadOnlySpan<char> value, Span<byte> destination)
    {
        var written = 0;
        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] == '%' && TryReadEscape(value[i..], out var octet))
            {
                destination[written++] = octet;
                i += 2;
            }
            else if (value[i] == '+')
            {
                destination[written++] = (byte)' ';
            }
            else if (value[i] < 0x80)
            {
                destination[written++] = (byte)value[i];
            }
            else
            {
                var rune = Rune.DecodeFromUtf16(value[i..], out var read, out var consumed) == System.Buffers.OperationStatus.Done
                    ? read
                    : Rune.ReplacementChar;
                written += rune.EncodeToUtf8(destination[written..]);
                i += consumed - 1;
            }
        }

        return written;
    }

    public static int MaxDecodedLength(int length) => length * 3;

    /// <summary>Whether <paramref name="raw"/>, decoded, equals the ASCII <paramref name="text"/> without case.</summary>
    public static bool EqualsDecoded(ReadOnlySpan<char> raw, ReadOnlySpan<char> text)
    {
        var at = 0;
        for (var i = 0; i < raw.Length; i++, at++)
        {
            var c = raw[i];
            if (c == '%' && TryReadEscape(raw[i..], out var octet))
            {
                c = (char)octet;
                i += 2;
            }

            if (at == text.Length || char.ToLowerInvariant(c) != char.ToLowerInvariant(text[at]))
            {
                return false;
            }
        }

        return at == text.Length;
    }

    /// <summary>Reads <c>%XX</c> at the start of <paramref name="text"/>.</summary>
    public static bool TryReadEscape(ReadOnlySpan<char> text, out byte octet)
    {
        if (text.Length >= 3 && char.IsAsciiHexDigit(text[1]) && char.IsAsciiHexDigit(text[2]))
        {
            octet = (byte)((HexValue(text[1]) << 4) | HexValue(text[2]));
            return true;
        }

        octet = 0;
        return false;
    }

    private static int HexValue(char digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
