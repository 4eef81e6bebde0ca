using Microsoft.Extensions.Primitives;

namespace Proxy.Requests;

/// <summary>The cookies of a request one after the other, without copying them.</summary>
/// <remarks>
/// Not CookieHeaderValue: Node clients send attributes along (<c>srv_id=v1.x; Path=/</c>), which must not spoil the value. A comma separates too: fields are
/// joined by it on the way.
/// </remarks>
internal ref struct CookiePairs(StringValues fields)
{
    private readonly StringValues _fields = fields;
    private ReadOnlySpan<char> _rest;
    private int _next;

    public ReadOnlySpan<char> Name { get; private set; }

    /// <summary>The value without quotation marks around it.</summary>
    public ReadOnlySpan<char> Value { get; private set; }

    public bool MoveNext()
    {
        while (true)
        {
            if (_rest.IsEmpty)
            {
                if (_next >= _fields.Count)
                {
                    return false;
                }

                _rest = _fields[_next++];
                continue;
            }

            var end = _rest.IndexOfAny(';', ',');
            var pair = (end < 0 ? _rest : _rest[..end]).Trim();
            _rest = end < 0 ? [] : _rest[(end + 1)..];
            var equals = pair.IndexOf('=');
            if (equals > 0)
            {
                Name = pair[..equals];
                Value = pair[(equals + 1)..].Trim('"');
                return true;
            }
        }
    }
}
