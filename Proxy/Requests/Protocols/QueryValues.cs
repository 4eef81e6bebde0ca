namespace Proxy.Requests.Protocols;

/// <summary>The query parameters that protocols read, found in one pass over the query.</summary>
/// <param name="query">The raw query.</param>
/// <param name="names">The parameters.</param>
/// <param name="slices">Where the value of each parameter stands, by the position of its name.</param>
internal readonly ref struct QueryValues(ReadOnlySpan<char> query, ReadOnlySpan<string> names, ReadOnlySpan<QuerySlice> slices)
{
    private readonly ReadOnlySpan<char> _query = query;
    private readonly ReadOnlySpan<string> _names = names;
    private readonly ReadOnlySpan<QuerySlice> _slices = slices;

    /// <summary>Where the value of a parameter stands.</summary>
    /// <param name="name">One of those that the protocol has named; spelled as there.</param>
    public QuerySlice this[string name]
    {
        get
        {
            for (var i = 0; i < _names.Length; i++)
            {
                if (_names[i].Length == name.Length && string.Equals(_names[i], name, StringComparison.OrdinalIgnoreCase))
                {
                    return _slices[i];
                }
            }

            return default;
        }
    }

    /// <summary>Whether the query has a parameter, with or without a value.</summary>
    public bool Has(string name) => this[name].Start > 0;

    /// <summary>The value of a parameter as it came.</summary>
    public ReadOnlySpan<char> Raw(string name)
    {
        var slice = this[name];
        return _query.Slice(slice.Start, slice.Length);
    }
}
