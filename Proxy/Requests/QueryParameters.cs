namespace Proxy.Requests;

/// <summary>Walks the pairs of a raw query string without copying or decoding it.</summary>
/// <param name="query">With or without the leading question mark.</param>
internal ref struct QueryParameters(ReadOnlySpan<char> query)
{
    private readonly ReadOnlySpan<char> _query = query;
    private int _next = query is ['?', ..] ? 1 : 0;
    private bool _isNameEncoded;

    /// <summary>Name of the current pair, as it came.</summary>
    public ReadOnlySpan<char> RawName { get; private set; }

    /// <summary>Where the current value starts in the query.</summary>
    public int ValueStart { get; private set; }

    /// <summary>Length of the current value, as it came.</summary>
    public int ValueLength { get; private set; }

    public readonly ReadOnlySpan<char> RawValue => _query.Slice(ValueStart, ValueLength);

    public bool MoveNext()
    {
        if (_next >= _query.Length)
        {
            return false;
        }

        var rest = _query[_next..];
        var length = rest.IndexOf('&');
        var pair = length < 0 ? rest : rest[..length];
        var equals = pair.IndexOf('=');
        RawName = equals < 0 ? pair : pair[..equals];
        _isNameEncoded = RawName.Contains('%');
        ValueStart = equals < 0 ? _next + pair.Length : _next + equals + 1;
        ValueLength = equals < 0 ? 0 : pair.Length - equals - 1;
        _next += pair.Length + 1;
        return true;
    }

    /// <summary>Compares the current name as ASP.NET Core does: percent-decoded, without case.</summary>
    public readonly bool NameIs(ReadOnlySpan<char> name) =>
        _isNameEncoded
            ? PercentEncoding.EqualsDecoded(RawName, name)
            : RawName.Length == name.Length && RawName.Equals(name, StringComparison.OrdinalIgnoreCase);

    /// <summary>Position of the current name among <paramref name="names"/>, or -1.</summary>
    public readonly int PositionIn(ReadOnlySpan<string> names)
    {
        for (var i = 0; i < names.Length; i++)
        {
            if (NameIs(names[i]))
            {
                return i;
            }
        }

        return -1;
    }
}
