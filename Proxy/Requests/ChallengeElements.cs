namespace Proxy.Requests;

/// <summary>Walks through the elements of a list of challenges (RFC 9110 11.6.1): each is a scheme with what follows it up to the next comma, or one more
/// parameter of the scheme before.</summary>
internal ref struct ChallengeElements(ReadOnlySpan<char> list)
{
    private ReadOnlySpan<char> _rest = list;

    /// <summary>The element without white space around it; never empty.</summary>
    public ReadOnlySpan<char> Current { get; private set; }

    /// <summary>The scheme that the element begins with; empty for a parameter.</summary>
    public readonly ReadOnlySpan<char> Scheme
    {
        get
        {
            var end = Current.IndexOfAny(' ', '\t');
            var name = end < 0 ? Current : Current[..end];
            var isParameter = name.Contains('=') || (end >= 0 && Current[end..].TrimStart(" \t") is ['=', ..]);
            return isParameter ? [] : name;
        }
    }

    public bool MoveNext()
    {
        while (!_rest.IsEmpty)
        {
            var end = FindEnd(_rest);
            Current = _rest[..end].Trim(" \t");
            _rest = end < _rest.Length ? _rest[(end + 1)..] : [];
            if (!Current.IsEmpty)
            {
                return true;
            }
        }

        return false;
    }

    // A comma inside a quoted string does not end an element.
    private static int FindEnd(ReadOnlySpan<char> text)
    {
        var at = 0;
        while (text[at..].IndexOfAny(',', '"') is >= 0 and var found)
        {
            at += found;
            if (text[at] is ',')
            {
                return at;
            }

            at = FindClosingQuote(text, at + 1);
        }

        return text.Length;
    }

    // Behind the quote that closes the string, or the end of the text.
    private static int FindClosingQuote(ReadOnlySpan<char> text, int at)
    {
        while (at < text.Length && text[at] is not '"')
        {
            at += text[at] is '\\' ? 2 : 1;
        }

        return Math.Min(at + 1, text.Length);
    }
}
