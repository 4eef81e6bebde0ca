using System.Text.Json;

namespace Proxy.Requests.Protocols;

/// <summary>Walks the members of a JSON object in whatever order they stand; what is nested in them is skipped.</summary>
/// <param name="json">Starts with the object; what follows behind its end is not looked at.</param>
internal ref struct JsonMembers(ReadOnlySpan<byte> json)
{
    private Utf8JsonReader _reader = new(json);

    /// <summary>Where the text that was read last ends: the position of its closing quote.</summary>
    public int TextEnd { get; private set; }

    public bool MoveNext()
    {
        if (_reader.TokenType is JsonTokenType.None)
        {
            _reader.Read();
        }
        else if (_reader.TokenType is JsonTokenType.PropertyName)
        {
            _reader.Skip(); // the value was not asked for
        }

        return _reader.Read() && _reader.TokenType is JsonTokenType.PropertyName;
    }

    public readonly bool NameIs(ReadOnlySpan<byte> name) => _reader.ValueTextEquals(name);

    /// <summary>Reads the member's value: text in UTF-8, unescaped; <see langword="null"/> for empty text and for what is no text.</summary>
    /// <remarks>Some serializers write null, or nothing between the quotes, for what is not there; clients take it as such.</remarks>
    public byte[]? ReadText()
    {
        _reader.Read();
        if (_reader.TokenType is not JsonTokenType.String || _reader.ValueSpan.IsEmpty)
        {
            _reader.Skip();
            return null;
        }

        TextEnd = (int)_reader.TokenStartIndex + 1 + _reader.ValueSpan.Length;
        var text = new byte[_reader.ValueSpan.Length];
        var length = _reader.CopyString(text);
        return length == text.Length ? text : text[..length];
    }

    /// <summary>Reads the member's value: a whole number, or <see langword="null"/> for what is none.</summary>
    public int? ReadInt32()
    {
        _reader.Read();
        int? number = _reader.TokenType is JsonTokenType.Number && _reader.TryGetInt32(out var value) ? value : null;
        _reader.Skip();
        return number;
    }
}
