namespace Proxy.Requests;

/// <summary>Content-Length is made of digits (RFC 9110, section 8.6). Kestrel parses it as a number of .NET, which may have a sign and white space.</summary>
internal sealed class DigitsEncoding : Latin1FieldEncoding
{
    private const string NoNumber = "?";

    protected override string Decode(ReadOnlySpan<byte> value) =>
        value.ContainsAnyExceptInRange((byte)'0', (byte)'9') ? NoNumber : Latin1.GetString(value);

    // Kestrel calls this one, with more than enough room for the digits of any length that it takes.
    public override int GetChars(ReadOnlySpan<byte> bytes, Span<char> chars)
    {
        if (!bytes.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            return Latin1.GetChars(bytes, chars);
        }

        NoNumber.CopyTo(chars);
        return NoNumber.Length;
    }
}
