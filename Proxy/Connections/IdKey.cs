namespace Proxy.Connections;

/// <summary>A connection's id as the gateway knows it: 128 bits of a keyed hash. The id itself is a secret and is kept nowhere.</summary>
internal readonly record struct IdKey(ulong High, ulong Low)
{
    public override string ToString() => $"{High:x16}{Low:x16}";

    public static bool TryParse(ReadOnlySpan<char> text, out IdKey key)
    {
        if (text.Length == 32
            && ulong.TryParse(text[..16], System.Globalization.NumberStyles.AllowHexSpecifier, null, out var high)
            && ulong.TryParse(text[16..], System.Globalization.NumberStyles.AllowHexSpecifier, null, out var low))
        {
            key = new IdKey(high, low);
            return true;
        }

        key = default;
        return false;
    }

    public override int GetHashCode() => (int)Low;
}
